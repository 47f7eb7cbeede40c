//! The compiled self-test program gives what the same functions give on this machine.

use std::{fs, path::PathBuf};

use litesvm::LiteSVM;
use sbf_selftest::{RESULT, run};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use solana_transaction::Transaction;

/// Numbers at which carries, borrows, word boundaries and signs meet.
const NUMBERS: [u128; 14] = [
    0,
    1,
    3,
    1_000_000,
    u32::MAX as u128,
    1 << 32,
    0xfedc_ba98_7654_3211,
    u64::MAX as u128,
    1 << 64,
    0x1_2345_6789_abcd_ef01_2345,
    i128::MAX as u128,
    1 << 127,
    u128::MAX - 1_000_000,
    u128::MAX,
];

struct Program {
    svm: LiteSVM,
    payer: Keypair,
    address: Pubkey,
}

impl Program {
    fn load() -> Self {
        let file =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/sbf_selftest.so");
        let bytes = fs::read(&file)
            .unwrap_or_else(|e| panic!("{}: {e}; run `make programs`", file.display()));
        let (mut svm, payer, address) = (LiteSVM::new(), Keypair::new(), Pubkey::new_unique());
        svm.add_program(address, &bytes)
            .expect("the program passes the verifier");
        svm.airdrop(&payer.pubkey(), 1_000_000_000)
            .expect("an airdrop");
        Self {
            svm,
            payer,
            address,
        }
    }

    fn run(&mut self, input: &[u8; 34]) -> Vec<u8> {
        let instruction = Instruction::new_with_bytes(self.address, input, vec![]);
        let message = Message::new(&[instruction], Some(&self.payer.pubkey()));
        let transaction = Transaction::new(&[&self.payer], message, self.svm.latest_blockhash());
        let mut data = self
            .svm
            .send_transaction(transaction)
            .expect("the program succeeds")
            .return_data
            .data;
        data.resize(RESULT, 0); // the network cuts zeros off the end
        data
    }
}

fn input(a: u128, b: u128, seed: u8, length: u8) -> [u8; 34] {
    let mut bytes = [0; 34];
    bytes[..16].copy_from_slice(&a.to_le_bytes());
    bytes[16..32].copy_from_slice(&b.to_le_bytes());
    bytes[32..].copy_from_slice(&[seed, length]);
    bytes
}

#[test]
fn arithmetic_of_128_bits_equals_the_machines() {
    let mut program = Program::load();
    for a in NUMBERS {
        for b in NUMBERS {
            let input = input(a, b, 0, 0);
            assert_eq!(program.run(&input), run(&input), "{a:#x} and {b:#x}");
        }
    }
}

#[test]
fn copies_fills_and_comparisons_of_every_length_equal_the_machines() {
    let mut program = Program::load();
    for length in 0..=64 {
        for seed in [1, 6, 255] {
            let input = input(0, 0, seed, length);
            assert_eq!(
                program.run(&input),
                run(&input),
                "{length} bytes with seed {seed}"
            );
        }
    }
}
