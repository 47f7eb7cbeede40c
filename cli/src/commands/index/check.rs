use anyhow::{Result, bail};
use clap::Args;
use pedigree_indexer::store::{Checked, Gap};
use serde_json::{Value, json};

use super::target::Store;
use crate::output::Output;

const RECONCILE: &str = "`pedigree index reconcile`, or `backfill --from SLOT --to SLOT` with the slots under `missing`";
const ANEW: &str =
    "an empty database and `pedigree index backfill`, as docs/runbooks/lost-database.md says";
const RUN: &str = "`pedigree index run`, which marks them with the next block that is final";
const DERIVE: &str = "`pedigree index run`, which derives what is stored, or `rebuild`";
const REBUILD: &str = "`pedigree index rebuild`";

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    store: Store,
    /// Derive every table again as well, compare, and leave them as they are: `derived_equal`. Takes as long as
    /// `rebuild`, and writing waits meanwhile.
    #[arg(long)]
    derive: bool,
}

/// Prints text itself, with a verdict; what it returns is what was found.
pub async fn run(options: Options, output: Output) -> Result<Option<Value>> {
    let store = options.store.open().await?;
    let mut found = store.check().await?;
    if options.derive {
        found.derived_equal = Some(store.derives_equal().await?);
    }
    let mut value = serde_json::to_value(&found)?;
    if !found.is_sound() {
        value["missing"] = store.gaps().await?.iter().map(missing).collect();
        bail!(
            "the index is not sound: {}; all of it: {value}",
            wrong(&found)
        );
    }
    match output {
        Output::Json => Ok(Some(value)),
        Output::Text => {
            output.result(&value);
            output.lines(&verdict(&found));
            Ok(None)
        }
    }
}

/// The last line of what is sound.
fn verdict(found: &Checked) -> String {
    match found.dead_letters {
        0 => "ok\n".to_owned(),
        _ => "ok; `pedigree index replay-dead-letters` reads the dead letters again\n".to_owned(),
    }
}

/// Each fault, and what to run next.
fn wrong(found: &Checked) -> String {
    let counted = [
        ("gaps", found.gaps, RECONCILE),
        ("unlinked_blocks", found.unlinked_blocks, ANEW),
        ("unpromoted_blocks", found.unpromoted_blocks, RUN),
        ("unfolded_slots", found.unfolded_slots, DERIVE),
        ("wrong_hashes", found.wrong_hashes, REBUILD),
        ("wrong_taints", found.wrong_taints, REBUILD),
    ];
    let counted = counted.iter().filter(|(_, count, _)| *count != 0);
    let mut faults: Vec<String> = counted
        .map(|(name, count, next)| format!("{name} {count}: next {next}"))
        .collect();
    if found.derived_equal == Some(false) {
        faults.push(format!("derived_equal false: next {REBUILD}"));
    }
    faults.join("; ")
}

/// Whose events are missing, and between which slots, both included.
fn missing(gap: &Gap) -> Value {
    json!({
        "kind": gap.kind.name(),
        "address": gap.address.to_string(),
        "from": gap.from,
        "to": gap.to,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What breaks it, and the words that name that.
    type Fault = (fn(&mut Checked), &'static str);

    const SOUND: Checked = Checked {
        slot: Some(9),
        finalized_slot: Some(8),
        unlinked_blocks: 0,
        unpromoted_blocks: 0,
        unfolded_slots: 0,
        gaps: 0,
        snapshots: 3,
        dead_letters: 0,
        wrong_hashes: 0,
        wrong_taints: 0,
        derived_equal: Some(true),
    };

    #[test]
    fn every_fault_is_named_with_what_to_run_next() {
        let faults: [Fault; 7] = [
            (
                |found| found.gaps = 2,
                "gaps 2: next `pedigree index reconcile`",
            ),
            (
                |found| found.unlinked_blocks = 1,
                "unlinked_blocks 1: next an empty",
            ),
            (
                |found| found.unpromoted_blocks = 1,
                "unpromoted_blocks 1: next `pedigree index run`",
            ),
            (
                |found| found.unfolded_slots = 1,
                "unfolded_slots 1: next `pedigree index run`",
            ),
            (
                |found| found.wrong_hashes = 1,
                "wrong_hashes 1: next `pedigree index rebuild`",
            ),
            (
                |found| found.wrong_taints = 1,
                "wrong_taints 1: next `pedigree index rebuild`",
            ),
            (
                |found| found.derived_equal = Some(false),
                "derived_equal false: next `pedigree index rebuild`",
            ),
        ];
        let mut all = SOUND;
        for (break_it, words) in faults {
            let mut found = SOUND;
            break_it(&mut found);
            break_it(&mut all);
            assert!(!found.is_sound(), "{words}");
            assert!(wrong(&found).starts_with(words), "{}", wrong(&found));
            assert!(!wrong(&found).contains("; "), "{}", wrong(&found));
        }
        assert_eq!(wrong(&all).split("; ").count(), faults.len());
        assert_eq!(wrong(&SOUND), "");
    }

    #[test]
    fn dead_letters_are_no_fault_and_told() {
        assert_eq!(verdict(&SOUND), "ok\n");
        let mut found = SOUND;
        found.dead_letters = 1;
        assert!(verdict(&found).contains("replay-dead-letters"));
    }
}
