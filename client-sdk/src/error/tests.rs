use escrow::error::EscrowError;

use super::*;
use crate::programs::{ESCROW, LISTING, SYSTEM, TOKEN};

fn custom(index: u8, code: u32) -> TransactionError {
    TransactionError::InstructionError(index, InstructionError::Custom(code))
}

fn logs(lines: &[String]) -> Vec<String> {
    lines.to_vec()
}

#[test]
fn a_programs_own_error_is_named_with_and_without_logs() {
    let code = codes::escrow_code(EscrowError::PriceChanged);
    let failure = Failure::new(custom(1, code), &[SYSTEM, ESCROW], &[]);
    assert_eq!((failure.program, failure.code), (Some(ESCROW), Some(code)));
    assert_eq!(
        failure.to_string(),
        format!(
            "escrow: PriceChanged ({code}) in instruction 1: the price or its unit is not the one you saw: quote again and decide anew"
        )
    );
    let lines = logs(&[
        format!("Program {ESCROW} invoke [1]"),
        "Program log: Program 11111111111111111111111111111111 failed: forged".into(),
        format!("Program {ESCROW} failed: custom program error: {code:#x}"),
    ]);
    assert_eq!(
        Failure::new(custom(1, code), &[SYSTEM, ESCROW], &lines),
        failure
    );
}

#[test]
fn a_called_programs_error_is_told_from_the_callers_by_the_logs() {
    let lines = logs(&[
        format!("Program {ESCROW} invoke [1]"),
        format!("Program {TOKEN} invoke [2]"),
        format!("Program {TOKEN} failed: custom program error: 0x1"),
        format!("Program {ESCROW} failed: custom program error: 0x1"),
    ]);
    let failure = Failure::new(custom(0, 1), &[ESCROW], &lines);
    assert_eq!(
        (failure.program, failure.name.as_str()),
        (Some(TOKEN), "InsufficientFunds")
    );
    // Without them it may be the token or the system program's: better no name than a wrong one.
    let unknown = Failure::new(custom(0, 1), &[ESCROW], &[]);
    assert_eq!(
        (unknown.program, unknown.name.as_str(), unknown.code),
        (None, "Custom", Some(1))
    );
}

#[test]
fn the_same_code_means_another_thing_in_another_program() {
    let name = |program| Failure::new(custom(0, 1), &[program], &[]).name;
    assert_eq!(name(SYSTEM), "ResultWithNegativeLamports");
    assert_eq!(name(TOKEN), "InsufficientFunds");
    let foreign = Pubkey::new_from_array([7; 32]);
    let failure = Failure::new(custom(0, 6000), &[foreign], &[]);
    assert_eq!(
        (failure.name.as_str(), failure.program),
        ("Custom", Some(foreign))
    );
}

#[test]
fn the_frameworks_checks_and_the_networks_refusals_are_named() {
    let failure = Failure::new(custom(0, 2012), &[LISTING], &[]);
    assert_eq!(
        (failure.name.as_str(), failure.program),
        ("ConstraintAddress", Some(LISTING))
    );
    let unsigned =
        TransactionError::InstructionError(0, InstructionError::MissingRequiredSignature);
    let failure = Failure::new(unsigned, &[LISTING], &[]);
    assert_eq!(failure.name, "MissingRequiredSignature");
    assert!(failure.message.contains("sign with"), "{failure}");
    let failure = Failure::new(
        TransactionError::InsufficientFundsForRent { account_index: 2 },
        &[LISTING],
        &[],
    );
    assert_eq!(
        (failure.name.as_str(), failure.instruction),
        ("InsufficientFundsForRent", None)
    );
    let failure = Failure::new(TransactionError::AccountNotFound, &[LISTING], &[]);
    assert!(failure.message.contains("fund the fee payer"), "{failure}");
}
