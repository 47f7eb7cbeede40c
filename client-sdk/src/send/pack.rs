//! How many instructions one transaction takes.

use solana_message::Message;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

/// Most bytes of a serialized transaction.
pub const MAX_TRANSACTION_BYTES: usize = 1232;
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 64;

/// Length in bytes of the transaction of these instructions, signatures included. Who signs is in the instructions.
pub fn transaction_len(instructions: &[Instruction], payer: &Pubkey) -> usize {
    let message = Message::new(instructions, Some(payer));
    let signatures = usize::from(message.header.num_required_signatures);
    // A transaction of more than 127 signatures is far beyond the limit: one byte counts them.
    1 + signatures * SIGNATURE_BYTES + message.serialize().len()
}

/// Whether these instructions fit into one transaction.
pub fn fits(instructions: &[Instruction], payer: &Pubkey) -> bool {
    transaction_len(instructions, payer) <= MAX_TRANSACTION_BYTES
}

/// Fills transactions with groups in their order. A group is never split; one that is too long by itself stands alone,
/// and sending it fails with its length.
pub fn pack(
    groups: impl IntoIterator<Item = Vec<Instruction>>,
    payer: &Pubkey,
) -> Vec<Vec<Instruction>> {
    let mut transactions: Vec<Vec<Instruction>> = Vec::new();
    for group in groups {
        if let Some(last) = transactions.last_mut() {
            let before = last.len();
            last.extend(group.iter().cloned());
            if fits(last, payer) {
                continue;
            }
            last.truncate(before);
        }
        transactions.push(group);
    }
    transactions
}

#[cfg(test)]
mod tests {
    use solana_program::instruction::AccountMeta;

    use super::*;

    fn instruction(n: u8, bytes: usize) -> Instruction {
        let account = AccountMeta::new(Pubkey::new_from_array([n; 32]), true);
        Instruction::new_with_bytes(
            Pubkey::new_from_array([200; 32]),
            &vec![n; bytes],
            vec![account],
        )
    }

    #[test]
    fn p36_a_transaction_of_exactly_the_limit_fits_and_one_byte_more_does_not() {
        let payer = Pubkey::new_from_array([1; 32]);
        // 1 + 64 signature, 3 header, 1 + 2·32 keys, 32 blockhash, 1 count, program 1, accounts 1 + 1, data 2 + n
        let most = MAX_TRANSACTION_BYTES - (1 + 64 + 3 + 1 + 64 + 32 + 1 + 1 + 2 + 2);
        assert_eq!(
            transaction_len(&[instruction(1, most)], &payer),
            MAX_TRANSACTION_BYTES
        );
        assert!(fits(&[instruction(1, most)], &payer));
        assert!(!fits(&[instruction(1, most + 1)], &payer));
    }

    #[test]
    fn groups_are_packed_in_order_and_never_split() {
        let payer = Pubkey::new_from_array([1; 32]);
        let groups: Vec<Vec<_>> = (0..20u8)
            .map(|n| vec![instruction(1, 100), instruction(n, usize::from(n) * 20)])
            .collect();
        let packed = pack(groups.clone(), &payer);
        assert!(
            packed.len() > 1 && packed.len() < groups.len(),
            "{}",
            packed.len()
        );
        assert!(packed.iter().all(|instructions| fits(instructions, &payer)));
        assert!(
            packed
                .iter()
                .all(|instructions| instructions.len() % 2 == 0)
        );
        assert_eq!(packed.concat(), groups.concat());
        let long = pack(
            [
                vec![instruction(1, 10)],
                vec![instruction(1, 2000)],
                vec![instruction(1, 10)],
            ],
            &payer,
        );
        assert_eq!(long.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
