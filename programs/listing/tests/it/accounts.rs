//! Every instruction with each of its accounts exchanged, repeated, unsigned or out of order.

use anchor_lang::{ErrorCode, bytemuck::Zeroable, prelude::ProgramError};
use listing::state::{Listing, derivatives};
use pedigree_sdk::{
    accounts::to_bytes,
    instructions::listing::{self as ix, Licence, NewEdge, VersionArgs},
    merkle::Tree,
    pda,
    programs::LISTING,
};
use solana_keypair::Keypair;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_signer::Signer;
use testkit::{TokenProgram, listings::new_edge, unsigned};

use crate::world::{DRAFT_LIFETIME, World, receipt};

/// An instruction that succeeds on its chain.
struct Case {
    name: &'static str,
    w: World,
    instruction: Instruction,
    signers: Vec<Keypair>,
    /// Accounts that may be others by design.
    free: Vec<Pubkey>,
}

/// One of each instruction, each with every optional account that it can have.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name, build: Build<'_>| {
        let mut w = if name == "initialize" {
            World::without_config(0)
        } else {
            World::new()
        };
        let (instruction, signers, free) = build(&mut w);
        cases.push(Case {
            name,
            w,
            instruction,
            signers,
            free,
        });
    };
    let manage = |change: fn(Pubkey, Pubkey) -> Instruction, prepare: fn(&mut World) -> Pubkey| {
        move |w: &mut World| {
            let (publisher, key) = w.publisher();
            let listing = prepare(w);
            (change(publisher, listing), vec![key], vec![])
        }
    };
    let active = |w: &mut World| w.active_of(&[], |_| {});

    case("initialize", &|w| {
        let (authority, (payer, payer_key)) = (w.upgrade_authority.insecure_clone(), w.stranger());
        (
            ix::initialize(authority.pubkey(), payer, payer),
            vec![authority, payer_key],
            vec![],
        )
    });
    case("update_config", &|w| {
        let (authority, key) = w.authority();
        (
            ix::update_config(authority, true, authority),
            vec![key],
            vec![],
        )
    });
    case("accept_config_authority", &|w| {
        let ((old, old_key), (new, key)) = (w.authority(), w.stranger());
        w.ok(&[ix::update_config(old, false, new)], &[&old_key]);
        (ix::accept_config_authority(new), vec![key], vec![])
    });
    case("set_profile", &|w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        (
            ix::set_profile(publisher, payer, "Aurora", ""),
            vec![key, payer_key],
            vec![],
        )
    });
    case("verify_profile", &|w| {
        let ((publisher, key), (authority, authority_key)) = (w.publisher(), w.authority());
        w.ok(
            &[ix::set_profile(publisher, publisher, "Aurora", "")],
            &[&key],
        );
        (
            ix::verify_profile(authority, &publisher, true),
            vec![authority_key],
            vec![],
        )
    });
    case("register", &|w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        let args = w.register_args();
        (
            ix::register(publisher, payer, args),
            vec![key, payer_key],
            vec![],
        )
    });
    case("add_edge", &|w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        let parent = w.active_of(&[], |args| args.derivatives = derivatives::LICENSED);
        let until = w.now() + 10;
        w.ok(
            &[ix::grant_license(
                publisher, publisher, parent, publisher, until,
            )],
            &[&key],
        );
        let child = w.draft_of(|_| {});
        let edge = NewEdge {
            licence: Licence::Grant,
            ..new_edge(child, parent, 9)
        };
        (
            ix::add_edge(publisher, payer, edge),
            vec![key, payer_key],
            vec![],
        )
    });
    let draft_with_edge = |w: &mut World| {
        let key = w.publisher.insecure_clone();
        let parent = w.active_of(&[], |_| {});
        let child = w.draft_of(|_| {});
        w.ok(&[testkit::listings::edge(&key, child, parent, 9)], &[&key]);
        w.warp_slots(1);
        let now = w.now();
        w.set_time(now + DRAFT_LIFETIME + 1);
        (child, parent)
    };
    case("remove_edge", &|w| {
        let (child, parent) = draft_with_edge(w);
        let ((publisher, _), (closer, key)) = (w.publisher(), w.stranger());
        (
            ix::remove_edge(closer, child, &parent, true, publisher),
            vec![key],
            vec![],
        )
    });
    case("close_royalty_table", &|w| {
        let (child, parent) = draft_with_edge(w);
        let ((publisher, key), (closer, closer_key)) = (w.publisher(), w.stranger());
        w.ok(
            &[ix::remove_edge(publisher, child, &parent, true, publisher)],
            &[&key],
        );
        (
            ix::close_royalty_table(closer, child, publisher),
            vec![closer_key],
            vec![],
        )
    });
    case("discard_draft", &|w| {
        let draft = w.draft_of(|_| {});
        let now = w.now();
        w.set_time(now + DRAFT_LIFETIME + 1);
        let ((publisher, _), (closer, key)) = (w.publisher(), w.stranger());
        (
            ix::discard_draft(closer, draft, publisher),
            vec![key],
            vec![],
        )
    });
    case("activate", &manage(ix::activate, |w| w.draft_of(|_| {})));
    case("pause", &manage(ix::pause, active));
    case(
        "resume",
        &manage(ix::resume, |w| {
            let (publisher, key) = w.publisher();
            let listing = w.active_of(&[], |_| {});
            w.ok(&[ix::pause(publisher, listing)], &[&key]);
            listing
        }),
    );
    case("retire", &manage(ix::retire, active));
    case(
        "set_payout",
        &manage(|key, listing| ix::set_payout(key, listing, key), active),
    );
    case(
        "set_operator",
        &manage(|key, listing| ix::set_operator(key, listing, key), active),
    );
    case(
        "propose_authority",
        &manage(
            |key, listing| ix::propose_authority(key, listing, key),
            active,
        ),
    );
    case(
        "accept_authority",
        &manage(ix::accept_authority, |w| {
            let (publisher, key) = w.publisher();
            let listing = w.active_of(&[], |_| {});
            w.ok(
                &[ix::propose_authority(publisher, listing, publisher)],
                &[&key],
            );
            listing
        }),
    );
    case(
        "update_terms",
        &manage(
            |key, listing| ix::update_terms(key, listing, vec![]),
            active,
        ),
    );
    case(
        "publish_version",
        &manage(
            |key, listing| {
                let args = VersionArgs {
                    manifest_hash: [1; 32],
                    content_hash: None,
                    uri: String::new(),
                };
                ix::publish_version(key, listing, args)
            },
            active,
        ),
    );
    case("grant_license", &|w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        let parent = w.active_of(&[], |_| {});
        let grantee = w.actor().pubkey();
        let until = w.now() + 10;
        (
            ix::grant_license(publisher, payer, parent, grantee, until),
            vec![key, payer_key],
            vec![],
        )
    });
    case("revoke_license", &|w| {
        let (publisher, key) = w.publisher();
        let parent = w.active_of(&[], |_| {});
        let until = w.now() + 10;
        w.ok(
            &[ix::grant_license(
                publisher, publisher, parent, publisher, until,
            )],
            &[&key],
        );
        (
            ix::revoke_license(publisher, parent, &publisher),
            vec![key],
            vec![],
        )
    });
    case("open_pool", &|w| {
        let (payer, key) = w.stranger();
        let mint = w.mint(TokenProgram::Classic);
        let parent = w.active_of(&[], |_| {});
        let child = w.active_of(&[(parent, 9)], |_| {});
        (
            ix::open_pool(payer, child, 0, mint.address, mint.program),
            vec![key],
            vec![],
        )
    });
    case("forward", &|w| {
        let publisher = w.publisher.pubkey();
        let mint = w.mint(TokenProgram::Classic);
        let grandparent = w.active_of(&[], |_| {});
        let parent = w.active_of(&[(grandparent, 9)], |_| {});
        let child = w.active_of(&[(parent, 9)], |_| {});
        let pool = w.open_pool(&child, &mint);
        w.open_pool(&parent, &mint);
        w.deposit(&pool, 1_000_000);
        let payout = w.token_account(&mint, &publisher, 0);
        (
            ix::forward(w.forwarding(&child, &mint, 0, payout)),
            vec![],
            vec![payout],
        )
    });
    let bought = |w: &mut World| {
        let listing = w.active_of(&[], |_| {});
        let order = receipt(w.stranger.pubkey(), listing);
        (listing, w.put_order(&order))
    };
    case("post_review", &|w| {
        let ((reviewer, key), (payer, payer_key)) = (w.stranger(), w.publisher());
        let (listing, order) = bought(w);
        (
            ix::post_review(reviewer, payer, listing, order, 70, 5, [1; 32]),
            vec![key, payer_key],
            vec![],
        )
    });
    case("edit_review", &|w| {
        let (reviewer, key) = w.stranger();
        let (listing, order) = bought(w);
        let post = ix::post_review(reviewer, reviewer, listing, order, 70, 5, [1; 32]);
        w.ok(&[post], &[&key]);
        let review = pda::review(&order, 70).0;
        (
            ix::edit_review(reviewer, listing, review, 4, [2; 32]),
            vec![key],
            vec![],
        )
    });
    case("prove_edge", &|w| {
        let (publisher, key) = w.publisher();
        let parent = w.active_of(&[], |args| args.content_hash = Some([9; 32]));
        let child = w.active_of(&[(parent, 9)], |_| {});
        let tree = Tree::new(vec![[8; 32], [9; 32]]).unwrap();
        let proof = tree.proof(&[9; 32]).unwrap();
        (
            ix::prove_edge(publisher, child, parent, &proof),
            vec![key],
            vec![],
        )
    });
    case("reclaim_excess", &|w| {
        let payer = w.stranger.insecure_clone();
        let mint = w.mint(TokenProgram::Classic);
        let parent = w.active_of(&[], |_| {});
        let child = w.active_of(&[(parent, 9)], |_| {});
        let open = ix::open_pool(payer.pubkey(), child, 0, mint.address, mint.program);
        w.ok(&[open], &[&payer]);
        w.set_rent(696);
        let pool = (pda::pool(&child, 0, &mint.address).0, mint.program);
        let ledger = pda::ledger(&child, 0, &mint.address).0;
        (
            ix::reclaim_excess(ledger, payer.pubkey(), Some(pool)),
            vec![],
            vec![],
        )
    });
    cases
}

impl Case {
    fn keys(&self) -> Vec<&Keypair> {
        self.signers.iter().collect()
    }

    /// Positions of accounts whose exchange must be refused: neither signers, nor accounts that may be others, nor
    /// the program itself, which is there for its own call alone.
    fn fixed(&self) -> Vec<usize> {
        let accounts = &self.instruction.accounts;
        (0..accounts.len())
            .filter(|i| !accounts[*i].is_signer && accounts[*i].pubkey != LISTING)
            .filter(|i| !self.free.contains(&accounts[*i].pubkey))
            .collect()
    }

    fn must_fail(&mut self, instruction: Instruction, what: &str) {
        let signers: Vec<Keypair> = self.signers.iter().map(Keypair::insecure_clone).collect();
        let signers: Vec<&Keypair> = signers.iter().collect();
        if let Ok(outcome) = self.w.send(&[instruction], &signers) {
            panic!(
                "{}: went through with {what}: {:#?}",
                self.name, outcome.events
            );
        }
    }

    fn succeeds(&mut self) {
        let (instruction, signers) = (
            self.instruction.clone(),
            self.signers
                .iter()
                .map(Keypair::insecure_clone)
                .collect::<Vec<_>>(),
        );
        self.w
            .ok(&[instruction], &signers.iter().collect::<Vec<_>>());
    }
}

/// Makes an instruction, its signers, and the accounts in it that are to be replaced.
type Build<'a> = &'a dyn Fn(&mut World) -> (Instruction, Vec<Keypair>, Vec<Pubkey>);

#[test]
fn p1_every_signature_is_needed() {
    for mut case in cases() {
        for signer in case.signers.iter().map(Signer::pubkey).collect::<Vec<_>>() {
            let instruction = unsigned(case.instruction.clone(), &signer);
            let others: Vec<Keypair> = case.signers.iter().map(Keypair::insecure_clone).collect();
            let others: Vec<&Keypair> =
                others.iter().filter(|key| key.pubkey() != signer).collect();
            case.w
                .refused(&[instruction], &others, ErrorCode::ConstraintSigner);
        }
        let by_anyone = matches!(case.name, "forward" | "reclaim_excess");
        assert!(by_anyone || !case.keys().is_empty(), "{}", case.name);
        case.succeeds();
    }
}

#[test]
fn p2_p3_p9_an_account_of_another_owner_kind_or_address_is_refused() {
    for mut case in cases() {
        for at in case.fixed() {
            let right = case.instruction.accounts[at].pubkey;
            let elsewhere = Pubkey::new_from_array(case.w.draw());
            let account = case.w.svm.get_account(&right).unwrap_or_default();
            let mut substitutes = vec![
                (elsewhere, "an empty account"),
                (case.w.publisher.pubkey(), "a wallet"),
            ];
            if !account.data.is_empty() {
                let copy = Pubkey::new_from_array(case.w.draw());
                let owner = if account.owner == LISTING {
                    case.w.stranger.pubkey()
                } else {
                    LISTING
                };
                case.w.put_owned(copy, owner, account.data.clone());
                substitutes.push((copy, "a copy of another owner"));
            }
            let config = pda::listing_config().0;
            let other_kind = if right == config {
                let listing = Pubkey::new_from_array(case.w.draw());
                case.w
                    .put_owned(listing, LISTING, to_bytes(&Listing::zeroed()));
                listing
            } else {
                config
            };
            substitutes.push((other_kind, "another kind of our accounts"));
            substitutes.push((solana_program::sysvar::clock::ID, "a sysvar"));
            for (substitute, what) in substitutes.into_iter().filter(|(key, _)| *key != right) {
                let mut instruction = case.instruction.clone();
                instruction.accounts[at].pubkey = substitute;
                case.must_fail(instruction, &format!("{what} at {at}"));
            }
        }
        case.succeeds();
    }
}

#[test]
fn p8_p33_repeated_or_exchanged_accounts_are_refused() {
    for mut case in cases() {
        let fixed = case.fixed();
        for (i, j) in fixed
            .iter()
            .flat_map(|i| fixed.iter().map(move |j| (*i, *j)))
            .filter(|(i, j)| i != j)
        {
            let accounts = &case.instruction.accounts;
            if accounts[i].pubkey == accounts[j].pubkey {
                continue;
            }
            let mut repeated = case.instruction.clone();
            repeated.accounts[j].pubkey = accounts[i].pubkey;
            let mut exchanged = case.instruction.clone();
            exchanged.accounts[i].pubkey = accounts[j].pubkey;
            exchanged.accounts[j].pubkey = accounts[i].pubkey;
            case.must_fail(repeated, &format!("account {i} also at {j}"));
            case.must_fail(exchanged, &format!("accounts {i} and {j} exchanged"));
        }
        let mut short = case.instruction.clone();
        short.accounts.pop();
        case.must_fail(short, "an account missing");
        case.succeeds();
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
