//! What each instruction answers where one of its accounts is not what it should be, held against a table.
//!
//! Of every account of every instruction in the program's interface description these are tried, as far as they apply:
//!
//! | attack | instead of the account |
//! |---|---|
//! | `unsigned` | the same without its signature |
//! | `readonly` | the same, not to be written to |
//! | `twice` | the same, and the same once more in the place of the event authority, or of another account where there is none |
//! | `empty` | an address where nothing is |
//! | `foreign` | a copy that belongs to another program |
//! | `kind` | a copy that says it is another kind of account |
//! | `other` | somebody else's: another signer, wallet or program, another entity of the same kind, a look-alike |
//! | `full` | the same, whose events can be numbered no further |
//!
//! The table has a row for each, `instruction.account.attack` and the error's name, with the name of the program before it
//! where that is another one that ours called. `ok` stands where the attack goes through, which the row has to explain.
//! With `WRITE_GUARDS=1` in the environment the table is written anew; what it says of why stays.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::PathBuf,
};

use pedigree_sdk::{
    accounts::{DISCRIMINATOR_LEN, identify, position},
    error::Failure,
    programs::{self, DAO, ESCROW, LISTING, REWARD, TOKEN, TOKEN_2022},
};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{Chain, Program};

/// An instruction that goes through on its chain.
pub struct Case {
    pub chain: Chain,
    /// The last one is meant; others go before it in its transaction.
    pub instructions: Vec<Instruction>,
    pub signers: Vec<Keypair>,
    /// By the name of an account: another one for the attack `other`. Every account of the programs needs one but
    /// those of which there is one alone, such as the config.
    pub others: Vec<(&'static str, Pubkey)>,
}

/// Cases by name: an instruction's, or, for accounts that its first case leaves out, `instruction/what`.
pub type Cases = Vec<(&'static str, Box<dyn Fn() -> Case>)>;

/// What goes through, in place of an error's name.
const OK: &str = "ok";
/// Accounts that follow those of the interface description.
const FURTHER: &str = "further";
/// Kept by the framework for a program's calls of itself; it takes anything there.
const PROGRAM: &str = "program";
/// Accounts of which a program has one alone.
const SINGLE: [&str; 3] = ["emission", "governance", "stake"];
/// A program that nothing is known of.
const NOBODYS: Pubkey = Pubkey::new_from_array([7; 32]);

/// Tries every attack on every account of the program's instructions, each on a case that goes through, and compares what
/// comes of it with the table in `programs/NAME/tests/guards.txt`.
///
/// Panics where they differ, where an instruction has no case, where no case of it has one of its accounts, and where a row
/// that goes through does not say why.
pub fn check(program: Program, cases: &Cases) {
    let interface = interface(program);
    let mut seen = BTreeSet::new();
    let mut found = BTreeMap::new();
    for (name, build) in cases {
        let instruction = name.split('/').next().unwrap_or(name);
        let accounts = interface
            .get(instruction)
            .unwrap_or_else(|| panic!("{name}: there is no such instruction"));
        let mut attempt = Attempt::new(name, build.as_ref(), accounts);
        for (at, account) in attempt.present() {
            if account == PROGRAM || !seen.insert((instruction.to_owned(), account.clone())) {
                continue;
            }
            for attack in ATTACKS {
                if let Some(outcome) = attempt.run(at, &account, attack) {
                    found.insert(format!("{name}.{account}.{attack}"), outcome);
                }
            }
        }
        attempt.goes_through();
    }
    for (instruction, accounts) in &interface {
        for account in accounts.iter().filter(|account| *account != PROGRAM) {
            assert!(
                seen.contains(&(instruction.clone(), account.clone())),
                "no case has {instruction}.{account}"
            );
        }
    }
    compare(program, &found);
}

/// Names of every instruction's accounts, in order.
fn interface(program: Program) -> BTreeMap<String, Vec<String>> {
    let name = program.name();
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "../../idl",
        &format!("{name}.json"),
    ]
    .iter()
    .collect();
    let text = fs::read_to_string(&path).expect("the interface description is there");
    let idl: Value = serde_json::from_str(&text).expect("it is JSON");
    let name_of = |value: &Value| value["name"].as_str().expect("it has a name").to_owned();
    let array = |value: &Value| value.as_array().expect("they are listed").clone();
    array(&idl["instructions"])
        .iter()
        .map(|instruction| {
            let accounts = array(&instruction["accounts"]);
            (name_of(instruction), accounts.iter().map(name_of).collect())
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Attack {
    Unsigned,
    Readonly,
    Twice,
    Empty,
    Foreign,
    Kind,
    Other,
    Full,
}

const ATTACKS: [Attack; 8] = [
    Attack::Unsigned,
    Attack::Readonly,
    Attack::Twice,
    Attack::Empty,
    Attack::Foreign,
    Attack::Kind,
    Attack::Other,
    Attack::Full,
];

impl std::fmt::Display for Attack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unsigned => "unsigned",
            Self::Readonly => "readonly",
            Self::Twice => "twice",
            Self::Empty => "empty",
            Self::Foreign => "foreign",
            Self::Kind => "kind",
            Self::Other => "other",
            Self::Full => "full",
        })
    }
}

/// A case under attack.
struct Attempt<'a> {
    name: &'a str,
    build: &'a dyn Fn() -> Case,
    accounts: &'a [String],
    case: Case,
}

impl<'a> Attempt<'a> {
    fn new(name: &'a str, build: &'a dyn Fn() -> Case, accounts: &'a [String]) -> Self {
        Self {
            name,
            build,
            accounts,
            case: build(),
        }
    }

    fn instruction(&self) -> &Instruction {
        self.case.instructions.last().expect("there is one")
    }

    /// Positions and names of the accounts that the case gives.
    fn present(&self) -> Vec<(usize, String)> {
        let instruction = self.instruction();
        let left_out = |at: usize| {
            let name = self.accounts.get(at).map_or(FURTHER, String::as_str);
            name != PROGRAM && instruction.accounts[at].pubkey == instruction.program_id
        };
        let further = |at| self.accounts.get(at).cloned().unwrap_or(FURTHER.into());
        (0..instruction.accounts.len())
            .filter(|at| !left_out(*at))
            .map(|at| (at, further(at)))
            .collect()
    }

    /// What comes of the attack; `None` where it does not apply.
    fn run(&mut self, at: usize, account: &str, attack: Attack) -> Option<String> {
        let mut instruction = self.instruction().clone();
        let meta = instruction.accounts[at].clone();
        let mut signer = None;
        match attack {
            Attack::Full if meta.is_writable => return self.exhaust(&meta.pubkey),
            Attack::Unsigned if meta.is_signer => instruction.accounts[at].is_signer = false,
            Attack::Readonly if meta.is_writable => instruction.accounts[at].is_writable = false,
            Attack::Twice if meta.is_writable => {
                let events = self
                    .accounts
                    .iter()
                    .position(|name| name == "event_authority");
                // An instruction without events has another account for it.
                let another = || (0..self.accounts.len()).find(|other| *other != at);
                instruction.accounts[events.or_else(another)?].pubkey = meta.pubkey;
            }
            Attack::Other if meta.is_signer => {
                let stranger = self.case.chain.actor();
                instruction.accounts[at].pubkey = stranger.pubkey();
                signer = Some(stranger);
            }
            Attack::Empty | Attack::Foreign | Attack::Kind | Attack::Other if !meta.is_signer => {
                instruction.accounts[at].pubkey = self.substitute(&meta.pubkey, account, attack)?;
            }
            _ => return None,
        }
        Some(self.send(instruction, signer))
    }

    /// What the attack puts in the place of the account at `address`.
    fn substitute(&mut self, address: &Pubkey, account: &str, attack: Attack) -> Option<Pubkey> {
        let program = self.instruction().program_id;
        let chain = &mut self.case.chain;
        let fresh = Pubkey::new_from_array(chain.draw());
        if attack == Attack::Empty {
            return Some(fresh);
        }
        let given = self.case.others.iter().find(|(name, _)| *name == account);
        if let (Attack::Other, Some((_, other))) = (attack, given) {
            return Some(*other);
        }
        let real = chain.svm.get_account(address)?;
        // The dao's accounts are put there by hand where another program reads them: any bytes are as good as others there.
        let of_dao = real.owner == DAO && program == DAO;
        let ours = of_dao || [LISTING, ESCROW, REWARD].contains(&real.owner);
        let (owner, data) = match attack {
            Attack::Other if real.executable => {
                return Some(if *address == TOKEN { TOKEN_2022 } else { TOKEN });
            }
            Attack::Other if real.data.is_empty() => return Some(chain.actor().pubkey()),
            Attack::Other => {
                assert!(
                    !ours || account.ends_with("config") || SINGLE.contains(&account),
                    "{}: there is no other {account}",
                    self.name
                );
                (!ours).then_some((real.owner, real.data))?
            }
            Attack::Foreign if !real.data.is_empty() && !real.executable => {
                let owner = match real.owner {
                    TOKEN => TOKEN_2022,
                    TOKEN_2022 => TOKEN,
                    _ => NOBODYS,
                };
                (owner, real.data)
            }
            Attack::Kind if ours => {
                let mut data = real.data;
                data[0] ^= 0xff;
                (real.owner, data)
            }
            _ => return None,
        };
        chain.put_owned(fresh, owner, data);
        Some(fresh)
    }

    /// What the case gives where the account at `address`, one of ours, has had its last event.
    fn exhaust(&mut self, address: &Pubkey) -> Option<String> {
        let real = self.case.chain.svm.get_account(address)?;
        let kind = identify(&real.owner, &real.data).ok()?;
        let ends = |at: &usize| {
            let mut data = real.data.clone();
            data[*at..*at + 8].fill(0xff);
            position(kind, &data).is_ok_and(|(_, seq)| seq == u64::MAX)
        };
        // A juror's record has too few events to run out of numbers.
        let at = (DISCRIMINATOR_LEN..real.data.len() - 8)
            .step_by(8)
            .find(ends)?;
        let chain = &mut self.case.chain;
        chain.edit(address, |data| data[at..at + 8].fill(0xff));
        let outcome = self.send(self.instruction().clone(), None);
        self.case.chain.put(*address, real);
        Some(outcome)
    }

    /// The name of the error that the case with this instruction gives. One that goes through is undone.
    fn send(&mut self, instruction: Instruction, signer: Option<Keypair>) -> String {
        let mut instructions = self.case.instructions.clone();
        instructions.pop();
        instructions.push(instruction);
        let signers: Vec<&Keypair> = self.case.signers.iter().chain(&signer).collect();
        let Err(refusal) = self.case.chain.send(&instructions, &signers) else {
            self.case = (self.build)();
            return OK.into();
        };
        let called: Vec<Pubkey> = instructions.iter().map(|ix| ix.program_id).collect();
        let failure = Failure::new(refusal.error, &called, &refusal.logs);
        let refuser = failure
            .program
            .filter(|refuser| programs::own(refuser).is_none())
            .map(|refuser| programs::name(&refuser).unwrap_or("another").to_owned() + ":");
        refuser.unwrap_or_default() + &failure.name
    }

    /// The case itself, with nothing exchanged.
    fn goes_through(&mut self) {
        let signers: Vec<&Keypair> = self.case.signers.iter().collect();
        if let Err(refusal) = self.case.chain.send(&self.case.instructions, &signers) {
            let logs = refusal.logs.join("\n");
            panic!(
                "{} does not go through: {:?}\n{logs}",
                self.name, refusal.error
            );
        }
    }
}

/// Holds what was found against the table, or writes it.
fn compare(program: Program, found: &BTreeMap<String, String>) {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "..",
        program.name(),
        "tests/guards.txt",
    ]
    .iter()
    .collect();
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut table = BTreeMap::new();
    let mut head = String::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            writeln!(head, "{line}").expect("a string takes everything");
            continue;
        }
        let (id, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (outcome, why) = rest.split_once('|').unwrap_or((rest, ""));
        let row = (outcome.trim().to_owned(), why.trim().to_owned());
        assert!(
            table.insert(id.to_owned(), row).is_none(),
            "{id} has two rows"
        );
    }
    if std::env::var_os("WRITE_GUARDS").is_some() {
        fs::write(&path, head + &render(found, &table)).expect("the table is written");
        return;
    }
    let mut wrong = Vec::new();
    for (id, outcome) in found {
        match table.get(id) {
            None => wrong.push(format!("{id} has no row: it gives {outcome}")),
            Some((expected, _)) if expected != outcome => {
                wrong.push(format!("{id} gives {outcome}, not {expected}"));
            }
            Some((_, why)) if outcome == OK && why.is_empty() => {
                wrong.push(format!("{id} goes through: say why it may"));
            }
            Some(_) => {}
        }
    }
    let gone = table.keys().filter(|id| !found.contains_key(*id));
    wrong.extend(gone.map(|id| format!("{id} is not tried any more")));
    assert!(
        wrong.is_empty(),
        "{}:\n{}\n(WRITE_GUARDS=1 writes it anew)",
        path.display(),
        wrong.join("\n")
    );
}

/// The rows, with an empty line between instructions.
fn render(found: &BTreeMap<String, String>, old: &BTreeMap<String, (String, String)>) -> String {
    let mut text = String::new();
    let mut last = "";
    for (id, outcome) in found {
        let instruction = id.split('.').next().unwrap_or(id);
        if instruction != last {
            text.push('\n');
            last = instruction;
        }
        let why = old.get(id).map_or("", |(_, why)| why.as_str());
        let row = if outcome == OK {
            format!("{id:<48} {outcome} | {why}")
        } else {
            format!("{id:<48} {outcome}")
        };
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
