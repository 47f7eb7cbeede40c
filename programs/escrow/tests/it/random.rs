//! Random sequences of every instruction by several actors: the ledger and the real balances agree after each step.

use std::collections::BTreeMap;

use escrow::{
    opening::OpenArgs,
    state::{Config, Order},
};
use pedigree_sdk::{accounts::Account as _, instructions::escrow as ix, pda, programs::ESCROW};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Outcome, TokenProgram};

use crate::world::*;

const STEPS: usize = 400;

struct Run {
    world: World,
    rng: StdRng,
    /// Buyers with their token accounts; everybody else plays too.
    buyers: Vec<(Keypair, Pubkey)>,
    crowd: Vec<Keypair>,
    orders: Vec<Pubkey>,
    /// What was asked for lately, to be asked for again.
    asked: Vec<(usize, OpenArgs)>,
    successes: BTreeMap<&'static str, u32>,
    /// Base units that there are.
    supply: u64,
}

impl Run {
    fn new(program: TokenProgram, seed: u64) -> Self {
        let mut world = World::of(program, seed);
        let mint = world.mint;
        let mut buyers = vec![(world.buyer.insecure_clone(), world.buyer_account)];
        for _ in 0..2 {
            let buyer = world.chain.actor();
            let account = world.chain.token_account(&mint, &buyer.pubkey(), BUDGET);
            buyers.push((buyer, account));
        }
        let mut crowd: Vec<_> = buyers.iter().map(|(key, _)| key.insecure_clone()).collect();
        let named = [
            &world.seller,
            &world.operator,
            &world.payee,
            &world.stranger,
            &world.admin,
        ];
        crowd.extend(named.map(|key| key.insecure_clone()));
        let treasurer = world.treasurer.pubkey();
        world.chain.token_account(&mint, &treasurer, 0);
        let supply = BUDGET * buyers.len() as u64;
        let rng = StdRng::seed_from_u64(seed);
        Self {
            world,
            rng,
            buyers,
            crowd,
            orders: vec![],
            asked: vec![],
            successes: BTreeMap::new(),
            supply,
        }
    }

    fn someone(&mut self) -> Keypair {
        self.crowd
            .choose(&mut self.rng)
            .expect("a crowd")
            .insecure_clone()
    }

    /// An order that still exists; later ones more often, or a run would toil over old ones only.
    fn order(&mut self) -> Option<(Pubkey, Order)> {
        self.orders.retain(|order| self.world.chain.exists(order));
        let recent = self.orders.len().saturating_sub(6);
        let address = *self.orders[recent..].choose(&mut self.rng)?;
        Some((address, self.world.order(&address)))
    }

    fn send(
        &mut self,
        name: &'static str,
        instruction: Instruction,
        signers: &[&Keypair],
    ) -> Option<Outcome> {
        let outcome = self.world.chain.send(&[instruction], signers).ok()?;
        *self.successes.entry(name).or_default() += 1;
        Some(outcome)
    }

    /// What a buyer sees now.
    fn seen(&mut self) -> OpenArgs {
        let config: Config = self.world.chain.state(&pda::escrow_config().0);
        OpenArgs {
            delivery_window: config.delivery_window,
            dispute_window: config.dispute_window,
            ..self.world.args()
        }
    }

    fn open(&mut self) {
        let (index, args) = if !self.asked.is_empty() && self.rng.random_bool(0.3) {
            let (index, mut args) = *self.asked.choose(&mut self.rng).expect("not empty");
            args.quantity += u64::from(self.rng.random_bool(0.2));
            (index, args)
        } else {
            let quantity = self.rng.random_range(0..=11);
            let valid_until = self.world.chain.now() + self.rng.random_range(0..=2 * VALIDITY);
            let max_total = PRICE * self.rng.random_range(0..=11);
            let args = OpenArgs {
                quantity,
                valid_until,
                max_total,
                ..self.seen()
            };
            (self.rng.random_range(0..self.buyers.len()), args)
        };
        let (buyer, source) = (self.buyers[index].0.insecure_clone(), self.buyers[index].1);
        let payer = self
            .rng
            .random_bool(0.3)
            .then(|| self.world.stranger.pubkey());
        let params = ix::OpenOrder {
            buyer: buyer.pubkey(),
            payer,
            source,
            ..self.world.open_params()
        };
        let stranger = self.world.stranger.insecure_clone();
        let before = self.world.chain.balance(&source);
        let Some(outcome) = self.send(
            "open_order",
            ix::open_order(&params, args),
            &[&buyer, &stranger],
        ) else {
            return;
        };
        let order = pda::order(&buyer.pubkey(), &args.key).0;
        if outcome.events.is_empty() {
            *self.successes.entry("open_order again").or_default() += 1;
            assert_eq!(
                self.world.chain.balance(&source),
                before,
                "the same order bought twice"
            );
        } else {
            assert_eq!(
                self.world.chain.balance(&source),
                before - args.price * args.quantity
            );
            self.orders.push(order);
            self.asked.push((index, args));
        }
    }

    fn open_free(&mut self) {
        let buyer = self.buyers[self.rng.random_range(0..self.buyers.len())]
            .0
            .insecure_clone();
        self.world.edit_listing(|listing| listing.terms_len = 0);
        let args = OpenArgs {
            price: 0,
            max_total: 0,
            unit: [0; 32],
            ..self.seen()
        };
        let open = ix::open_free(&buyer.pubkey(), None, &self.world.listing, args);
        if self.send("open_free", open, &[&buyer]).is_some() {
            self.orders.push(pda::order(&buyer.pubkey(), &args.key).0);
        }
        self.world.edit_listing(|listing| listing.terms_len = 1);
    }

    fn deliver(&mut self) {
        let Some((order, _)) = self.order() else {
            return;
        };
        let seller = if self.rng.random_bool(0.8) {
            self.world.operator.insecure_clone()
        } else {
            self.someone()
        };
        let deliver = ix::deliver(
            &seller.pubkey(),
            &self.world.listing,
            &order,
            CONTENT,
            SEALED_KEY,
        );
        self.send("deliver", deliver, &[&seller]);
    }

    fn settle(&mut self) {
        let Some((order, state)) = self.order() else {
            return;
        };
        let cranker = self.someone();
        let accepts = cranker.pubkey() == state.head.owner;
        let make = if accepts { ix::accept } else { ix::settle };
        let settle = make(&cranker.pubkey(), &order, &state);
        self.send("settle", settle, &[&cranker]);
    }

    fn refund(&mut self) {
        let Some((order, state)) = self.order() else {
            return;
        };
        let cranker = self.someone();
        if self.rng.random_bool(0.5) {
            let refund = ix::refund(&cranker.pubkey(), &order, &state);
            self.send("refund", refund, &[&cranker]);
        } else {
            let amount = self
                .rng
                .random_bool(0.7)
                .then(|| self.rng.random_range(0..=TOTAL / 2));
            let refund = ix::refund_by_seller(&cranker.pubkey(), &order, &state, amount);
            self.send("refund by seller", refund, &[&cranker]);
        }
    }

    fn withdraw(&mut self) {
        let Some((order, state)) = self.order() else {
            return;
        };
        let cranker = self.someone();
        let withdraw = ix::withdraw(&cranker.pubkey(), &order, &state, None);
        self.send("withdraw", withdraw, &[&cranker]);
    }

    fn close(&mut self) {
        let Some((order, state)) = self.order() else {
            return;
        };
        let closer = if self.rng.random_bool(0.5) {
            self.someone()
        } else {
            let own = self
                .buyers
                .iter()
                .find(|(key, _)| key.pubkey() == state.head.buyer);
            own.expect("one of the buyers").0.insecure_clone()
        };
        let close = ix::close_order(&closer.pubkey(), &order, &state);
        self.send("close_order", close, &[&closer]);
    }

    fn withdraw_treasury(&mut self) {
        let mint = self.world.mint;
        let wallet = self.world.treasurer.pubkey();
        let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
        self.send("withdraw_treasury", withdraw, &[]);
    }

    fn change_settings(&mut self) {
        let signer = if self.rng.random_bool(0.7) {
            self.world.admin.insecure_clone()
        } else {
            self.someone()
        };
        let mut args = self.world.config_args();
        args.fee_ppm = self.rng.random_range(0..=110_000);
        args.dispute_window = self.rng.random_range(30..=DISPUTE_WINDOW);
        args.paused = self.rng.random_bool(0.1);
        self.send(
            "update_config",
            ix::update_config(&signer.pubkey(), args),
            &[&signer],
        );
        let max = self.rng.random_range(TOTAL / 3..=MAX_DEPOSIT);
        let enabled = self.rng.random_bool(0.9);
        let update = ix::update_mint(&signer.pubkey(), &self.world.mint.address, enabled, max);
        self.send("update_mint", update, &[&signer]);
    }

    /// Issuer and strangers: accounts freeze and thaw, dust falls into vaults, time passes.
    fn disturb(&mut self) {
        let mut accounts = vec![
            self.world.payee_account,
            self.world.treasury,
            self.world.pool,
        ];
        accounts.extend(self.buyers.iter().map(|(_, account)| *account));
        if let Some((order, _)) = self.order() {
            let vault = self.world.vault(&order);
            if self.world.chain.exists(&vault) {
                accounts.push(vault);
                let dust = self.rng.random_range(0..=2);
                self.world.donate(&order, dust);
                self.supply += dust;
            }
        }
        for account in accounts {
            let frozen = self.rng.random_bool(0.15);
            self.world.chain.set_frozen(&account, frozen);
        }
        let jump = [
            1,
            60,
            i64::from(DELIVERY_WINDOW),
            i64::from(DISPUTE_WINDOW),
            VALIDITY,
        ];
        let later = self.world.chain.now() + jump.choose(&mut self.rng).expect("some");
        self.world.chain.set_time(later);
        self.world.chain.warp_slots(1);
    }

    fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..22 => self.open(),
            22..26 => self.open_free(),
            26..42 => self.deliver(),
            42..58 => self.settle(),
            58..66 => self.refund(),
            66..76 => self.withdraw(),
            76..86 => self.close(),
            86..89 => self.withdraw_treasury(),
            89..92 => self.change_settings(),
            _ => self.disturb(),
        }
        self.check();
    }

    /// Every order's ledger against its vault, and all base units against those that there ever were.
    fn check(&self) {
        for (address, account) in self.world.chain.svm.get_program_accounts(&ESCROW) {
            if account.data.len() == Order::LEN {
                self.world
                    .order(&address)
                    .invariant()
                    .expect("the ledger adds up");
                self.world.assert_conserved(&address);
            }
        }
        let accounts = self
            .world
            .chain
            .svm
            .get_program_accounts(&self.world.mint.program);
        let sum: u64 = accounts
            .iter()
            .map(|(address, _)| self.world.chain.balance(address))
            .sum();
        assert_eq!(sum, self.supply, "base units appeared or vanished");
    }
}

#[test]
fn p10_p42_random_sequences_keep_every_ledger_and_every_unit() {
    let mut successes: BTreeMap<&'static str, u32> = BTreeMap::new();
    for seed in 0..6 {
        for program in TokenProgram::BOTH {
            let mut run = Run::new(program, seed);
            for _ in 0..STEPS {
                run.step();
            }
            for (name, count) in run.successes {
                *successes.entry(name).or_default() += count;
            }
        }
    }
    println!("{successes:#?}");
    for name in [
        "open_order",
        "open_order again",
        "open_free",
        "deliver",
        "settle",
        "refund",
        "refund by seller",
        "withdraw",
        "close_order",
        "withdraw_treasury",
        "update_config",
        "update_mint",
    ] {
        assert!(
            successes.get(name).is_some_and(|count| *count >= 10),
            "{name} hardly ever succeeded: {successes:?}"
        );
    }
}
