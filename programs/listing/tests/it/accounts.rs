//! Accounts that are repeated or out of order, events of others, unknown instructions.

use anchor_lang::{ErrorCode, prelude::ProgramError};
use pedigree_sdk::{instructions::listing as ix, pda, programs::LISTING};
use solana_keypair::Keypair;
use solana_program::instruction::{AccountMeta, Instruction};
use testkit::guards::Case;

use crate::{guards::cases, world::World};

/// Positions of accounts whose exchange must be refused: neither signers, nor the account that a parent is paid to, which
/// may be missing, nor the program itself, which is there for its own call alone.
fn fixed(name: &str, instruction: &Instruction) -> Vec<usize> {
    let accounts = &instruction.accounts;
    (0..accounts.len())
        .filter(|i| !accounts[*i].is_signer && accounts[*i].pubkey != LISTING)
        .filter(|i| name != "forward" || *i != PAYOUT)
        .collect()
}

/// Where `forward` has it.
const PAYOUT: usize = 4;

fn must_fail(name: &str, case: &mut Case, instruction: Instruction, what: &str) {
    let signers: Vec<&Keypair> = case.signers.iter().collect();
    if let Ok(outcome) = case.chain.send(&[instruction], &signers) {
        panic!("{name}: went through with {what}: {:#?}", outcome.events);
    }
}

#[test]
fn p8_p33_repeated_or_exchanged_accounts_are_refused() {
    for (name, build) in cases() {
        let mut case = build();
        let [instruction] = case.instructions.as_slice() else {
            panic!("{name} is more than one instruction");
        };
        let instruction = instruction.clone();
        let accounts = &instruction.accounts;
        let fixed = fixed(name, &instruction);
        for (i, j) in fixed
            .iter()
            .flat_map(|i| fixed.iter().map(move |j| (*i, *j)))
            .filter(|(i, j)| i != j)
        {
            if accounts[i].pubkey == accounts[j].pubkey {
                continue;
            }
            let mut repeated = instruction.clone();
            repeated.accounts[j].pubkey = accounts[i].pubkey;
            let mut exchanged = instruction.clone();
            exchanged.accounts[i].pubkey = accounts[j].pubkey;
            exchanged.accounts[j].pubkey = accounts[i].pubkey;
            let twice = format!("account {i} also at {j}");
            must_fail(name, &mut case, repeated, &twice);
            let exchange = format!("accounts {i} and {j} exchanged");
            must_fail(name, &mut case, exchanged, &exchange);
        }
        let mut short = instruction.clone();
        short.accounts.pop();
        must_fail(name, &mut case, short, "an account missing");
        let signers: Vec<&Keypair> = case.signers.iter().collect();
        case.chain.ok(&[instruction], &signers);
    }
}

#[test]
fn p34_nobody_else_can_emit_an_event() {
    let mut w = World::new();
    let (stranger, key) = w.stranger();
    let (admin, admin_key) = w.authority();
    let event = w
        .ok(&[ix::update_config(admin, false, admin)], &[&admin_key])
        .event()
        .encode();
    let authority = pda::event_authority(&LISTING).0;
    let call = |meta| Instruction {
        program_id: LISTING,
        accounts: vec![meta],
        data: event.clone(),
    };
    w.refused(
        &[call(AccountMeta::new_readonly(authority, false))],
        &[],
        ErrorCode::ConstraintSigner,
    );
    w.refused(
        &[call(AccountMeta::new_readonly(stranger, true))],
        &[&key],
        ErrorCode::ConstraintSeeds,
    );
    let nothing = Instruction {
        program_id: LISTING,
        accounts: vec![],
        data: event.clone(),
    };
    w.refused(&[nothing], &[], ProgramError::NotEnoughAccountKeys);
}

#[test]
fn unknown_instructions_are_refused() {
    let mut w = World::new();
    for data in [vec![], vec![1], vec![0xff; 8], vec![0; 64]] {
        let instruction = Instruction {
            program_id: LISTING,
            accounts: vec![],
            data,
        };
        w.refused(&[instruction], &[], ErrorCode::InstructionFallbackNotFound);
    }
}
