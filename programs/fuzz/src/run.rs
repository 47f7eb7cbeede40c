//! One sequence: step after step, every rule after each, and an end that strangers bring about alone.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use pedigree_sdk::{error::Failure, events::Event};
use solana_keypair::Keypair;
use testkit::{Fault, Refusal};

use crate::{
    acts,
    call::{Act, Call, Change},
    closing,
    rules::{self, Taken, Violation},
    step::{Action, Step},
    tell,
    world::World,
};

/// What came of a sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps that did something, or tried to.
    pub steps: u64,
    /// Transactions that strangers sent at the end.
    pub cranks: u64,
    /// By instruction.
    pub successes: BTreeMap<String, u64>,
    /// By error.
    pub failures: BTreeMap<String, u64>,
}

/// Where a rule stopped a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Place of the step; the sequence's length where it was at the end.
    pub at: usize,
    pub violation: Violation,
}

/// A run of a sequence from the beginning of the world.
pub struct Run {
    pub world: World,
    pub tally: Tally,
    /// What happened, in words, where somebody wants to read it.
    pub told: Option<Vec<String>>,
}

impl Run {
    pub fn new(beginning: &World) -> Self {
        Self {
            world: beginning.fork(),
            tally: Tally::default(),
            told: None,
        }
    }

    /// Does all steps and what follows them. A panic, of a check within the testkit or of a harness at fault, stops it as
    /// a rule does.
    pub fn all(&mut self, steps: &[Step]) -> Result<(), Stop> {
        let mut at = 0;
        let done = catch_unwind(AssertUnwindSafe(|| {
            for (place, step) in steps.iter().enumerate() {
                at = place;
                self.step(step)?;
            }
            at = steps.len();
            closing::close(self)
        }));
        let done = done.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
            let what = said.unwrap_or_default();
            Err(Violation {
                rule: "harness",
                what,
            })
        });
        done.map_err(|violation| Stop { at, violation })
    }

    fn step(&mut self, step: &Step) -> Result<(), Violation> {
        let Some(act) = acts::resolve(&self.world, step) else {
            return Ok(());
        };
        self.tally.steps += 1;
        match act {
            Act::Change(change) => self.change(&change),
            Act::Send(call) => {
                let again = matches!(step.action, Action::Again | Action::Twice);
                let sent = self.send(&call)?;
                if again && sent && call.happens_once() {
                    let names: Vec<_> = call.names().collect();
                    let what = format!("{names:?} succeeded a second time");
                    return Err(Violation {
                        rule: "3 once",
                        what,
                    });
                }
                Ok(())
            }
        }
    }

    /// Changes the surroundings, after which all rules hold too.
    pub fn change(&mut self, change: &Change) -> Result<(), Violation> {
        self.tell(|_| format!("{change:?}"));
        self.world.change(change);
        self.world.last = None;
        self.look(None, &[])
    }

    /// Sends a transaction, after which all rules hold. Says whether it succeeded.
    pub fn send(&mut self, call: &Call) -> Result<bool, Violation> {
        let signers = World::signers(&self.world.cast, call);
        let signers: Vec<&Keypair> = signers.iter().collect();
        let sent = self.world.chain.attempt(&call.instructions, &signers);
        match sent {
            Ok(Ok(outcome)) => {
                self.tell(|world| {
                    let said = tell::events(&outcome.events);
                    format!("{} → {said}", tell::call(world, call))
                });
                let names = call.names().chain(called(&outcome.events));
                for name in names {
                    *self.tally.successes.entry(name.to_owned()).or_default() += 1;
                }
                self.look(Some(call), &outcome.events)?;
                self.world.note(&outcome.events);
                self.world.last = Some(call.clone());
                if let Some(asked) = &call.asked {
                    self.world.asked.push(asked.clone());
                }
                Ok(true)
            }
            Ok(Err(refusal)) => {
                let error = name(call, &refusal);
                self.tell(|world| format!("{} → {error}", tell::call(world, call)));
                rules::refused(&self.world.state, call, &error)?;
                *self.tally.failures.entry(error).or_default() += 1;
                Ok(false)
            }
            Err(Fault::TooLarge(_)) => {
                *self
                    .tally
                    .failures
                    .entry("TransactionTooLarge".into())
                    .or_default() += 1;
                Ok(false)
            }
            Err(fault) => {
                self.tell(|world| format!("{} → {fault}", tell::call(world, call)));
                Err(wrong_event(fault.to_string()))
            }
        }
    }

    /// Looks at what is there now, and holds the rules against it.
    fn look(&mut self, call: Option<&Call>, events: &[Event]) -> Result<(), Violation> {
        let before = self.world.state.clone();
        let after = before.next(&self.world.chain).map_err(wrong_event)?;
        let orders = rules::passages(&before, events);
        self.world.memory.note_flows(&before, call, events, &orders);
        let taken = Taken {
            before: &before,
            after: &after,
            call,
            events,
            orders: &orders,
            memory: &self.world.memory,
        };
        rules::check(&taken)?;
        let happened = taken.happenings();
        self.world.memory.note_happenings(happened, &after);
        self.world.state = Rc::new(after);
        Ok(())
    }

    fn tell(&mut self, what: impl FnOnce(&World) -> String) {
        if let Some(told) = &mut self.told {
            told.push(what(&self.world));
        }
    }
}

/// Instructions that no transaction holds, as a program alone sends them, by what they say.
fn called(events: &[Event]) -> impl Iterator<Item = &'static str> {
    events.iter().filter_map(|event| match event {
        Event::FeesRecorded(_) => Some("reward.record_fees"),
        _ => None,
    })
}

fn wrong_event(what: String) -> Violation {
    let rule = "13 events";
    Violation { rule, what }
}

/// The error by the name that its program gives it.
fn name(call: &Call, refusal: &Refusal) -> String {
    let programs: Vec<_> = call.instructions.iter().map(|ix| ix.program_id).collect();
    let failure = Failure::new(refusal.error.clone(), &programs, &refusal.logs);
    let program = failure
        .program
        .and_then(|program| pedigree_sdk::programs::name(&program));
    match program {
        Some(program) => format!("{program}.{}", failure.name),
        None => failure.name,
    }
}
