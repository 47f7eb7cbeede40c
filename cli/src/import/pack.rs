//! As many instructions into a transaction as it holds.

use std::mem;

use pedigree_sdk::send::pack::fits as fits_transaction;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

/// Instructions for one asset, to be run in their order. Those of different assets are
/// independent of each other.
#[derive(Debug)]
pub struct Unit {
    /// Index of the asset; `None` for what belongs to no asset.
    pub asset: Option<usize>,
    pub instructions: Vec<Instruction>,
}

/// Transactions to be sent one after another.
#[derive(Debug, Default)]
pub struct Job {
    pub assets: Vec<usize>,
    pub transactions: Vec<Vec<Instruction>>,
}

/// Packs units that the same keys sign: several into one transaction, or one over several.
///
/// # Errors
/// Names the unit that has an instruction too long for any transaction.
pub fn pack(units: Vec<Unit>, payer: &Pubkey) -> Result<Vec<Job>, Unit> {
    let mut jobs = Vec::new();
    let mut assets = Vec::new();
    let mut open: Vec<Instruction> = Vec::new();
    for unit in units {
        if fits(&open, &unit.instructions, payer) {
            open.extend(unit.instructions);
            assets.extend(unit.asset);
            continue;
        }
        if !open.is_empty() {
            jobs.push(Job {
                assets: mem::take(&mut assets),
                transactions: vec![mem::take(&mut open)],
            });
        }
        if fits(&[], &unit.instructions, payer) {
            open = unit.instructions;
            assets.extend(unit.asset);
        } else {
            jobs.push(spread(unit, payer)?);
        }
    }
    if !open.is_empty() {
        jobs.push(Job {
            assets,
            transactions: vec![open],
        });
    }
    Ok(jobs)
}

fn spread(unit: Unit, payer: &Pubkey) -> Result<Job, Unit> {
    let mut transactions = Vec::new();
    let mut open: Vec<Instruction> = Vec::new();
    for instruction in &unit.instructions {
        let one = std::slice::from_ref(instruction);
        if !fits(&[], one, payer) {
            return Err(unit);
        }
        if !fits(&open, one, payer) {
            transactions.push(mem::take(&mut open));
        }
        open.push(instruction.clone());
    }
    transactions.push(open);
    Ok(Job {
        assets: unit.asset.into_iter().collect(),
        transactions,
    })
}

fn fits(open: &[Instruction], more: &[Instruction], payer: &Pubkey) -> bool {
    let all: Vec<Instruction> = open.iter().chain(more).cloned().collect();
    fits_transaction(&all, payer)
}

#[cfg(test)]
mod tests {
    use solana_program::instruction::AccountMeta;

    use super::*;

    const PAYER: Pubkey = Pubkey::new_from_array([1; 32]);
    const SIGNER: Pubkey = Pubkey::new_from_array([2; 32]);

    fn unit(asset: usize, sizes: &[usize]) -> Unit {
        let instruction = |size: &usize| Instruction {
            program_id: Pubkey::new_from_array([3; 32]),
            accounts: vec![AccountMeta::new_readonly(SIGNER, true)],
            data: vec![asset as u8; *size],
        };
        Unit {
            asset: Some(asset),
            instructions: sizes.iter().map(instruction).collect(),
        }
    }

    fn shape(jobs: &[Job]) -> Vec<(Vec<usize>, Vec<usize>)> {
        let lengths = |job: &Job| job.transactions.iter().map(Vec::len).collect();
        jobs.iter()
            .map(|job| (job.assets.clone(), lengths(job)))
            .collect()
    }

    #[test]
    fn small_units_share_a_transaction_and_a_large_one_is_spread_in_order() {
        let units = vec![
            unit(0, &[100, 100]),
            unit(1, &[300]),
            unit(2, &[600, 600, 300]),
            unit(3, &[10]),
        ];
        let jobs = pack(units, &PAYER).unwrap();
        assert_eq!(
            shape(&jobs),
            [
                (vec![0, 1], vec![3]),
                (vec![2], vec![1, 2]),
                (vec![3], vec![1])
            ]
        );
    }

    #[test]
    fn every_transaction_fits_and_no_instruction_is_lost() {
        let units: Vec<Unit> = (0..200)
            .map(|n| unit(n, &vec![n * 3 % 700; 1 + n % 5]))
            .collect();
        let expected: usize = units.iter().map(|unit| unit.instructions.len()).sum();
        let jobs = pack(units, &PAYER).unwrap();
        let transactions: Vec<_> = jobs.iter().flat_map(|job| &job.transactions).collect();
        assert_eq!(
            transactions.iter().map(|t| t.len()).sum::<usize>(),
            expected
        );
        for transaction in transactions {
            assert!(!transaction.is_empty() && fits(&[], transaction, &PAYER));
        }
        let assets: Vec<usize> = jobs.iter().flat_map(|job| job.assets.clone()).collect();
        assert_eq!(assets, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn an_instruction_that_no_transaction_holds_names_its_asset() {
        let error = pack(vec![unit(0, &[10]), unit(1, &[1_300])], &PAYER).unwrap_err();
        assert_eq!(error.asset, Some(1));
    }
}
