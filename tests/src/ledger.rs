//! An order's ledger as plain arithmetic, to hold programs, index and token accounts against. It shares nothing with the
//! programs but what docs/ORDERS.md says.

use std::collections::BTreeMap;

const ONE: u64 = 1_000_000;

/// Base units, each field named as the API names it.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub fee_ppm: u64,
    pub royalty_ppm: u64,
    pub deposited: u64,
    pub earned: u64,
    pub pending: u64,
    pub accruing: u64,
    pub contested: u64,
    pub bond: u64,
    pub paid: u64,
    pub fee_paid: u64,
    pub royalty_paid: u64,
    pub refunded: u64,
    pub paid_due: u64,
    pub fee_due: u64,
    pub royalty_due: u64,
    pub refund_due: u64,
}

impl Ledger {
    /// Of a new order.
    pub fn new(fee_ppm: u64, royalty_ppm: u64, deposited: u64) -> Self {
        Self {
            fee_ppm,
            royalty_ppm,
            deposited,
            ..Self::default()
        }
    }

    /// `amount` more is owed and pending; while something else is, a lease's waits behind it.
    pub fn earn(&mut self, amount: u64) {
        self.earned += amount;
        self.accruing += amount;
        self.start_window();
    }

    /// What is pending has matured: it is the seller's, and what waited behind it is pending.
    pub fn ripen(&mut self) {
        let ripe = std::mem::take(&mut self.pending);
        self.start_window();
        self.give_seller(ripe);
    }

    fn start_window(&mut self) {
        if self.pending == 0 {
            self.pending = std::mem::take(&mut self.accruing);
        }
    }

    /// What is pending is in dispute, for a bond of `bond_ppm` of it, rounded up.
    pub fn contest(&mut self, bond_ppm: u64) {
        let contested = std::mem::take(&mut self.pending) + std::mem::take(&mut self.accruing);
        self.bond += (contested * bond_ppm).div_ceil(ONE);
        self.contested += contested;
    }

    /// What is held of a delivered one-time order, all of it, is in dispute, likewise.
    pub fn contest_all(&mut self, bond_ppm: u64) {
        self.contested = self.held();
        self.bond = (self.contested * bond_ppm).div_ceil(ONE);
    }

    /// The court gives the buyer so many percent of what is contested, rounded down, and the seller the rest; the bond has
    /// left.
    pub fn rule(&mut self, percent: u64) {
        let contested = std::mem::take(&mut self.contested);
        let back = contested * percent / 100;
        self.bond = 0;
        self.refund_due += back;
        self.give_seller(contested - back);
    }

    /// The dispute ends as though there had been none, and its bond has returned.
    pub fn lapse(&mut self) {
        let contested = std::mem::take(&mut self.contested);
        self.bond = 0;
        self.give_seller(contested);
    }

    /// The order is over: what nobody has earned is the buyer's.
    pub fn give_rest_back(&mut self) {
        self.refund_due += self.rest();
    }

    /// What is due leaves the vault.
    pub fn pay(&mut self) {
        for (due, paid) in [
            (&mut self.paid_due, &mut self.paid),
            (&mut self.fee_due, &mut self.fee_paid),
            (&mut self.royalty_due, &mut self.royalty_paid),
            (&mut self.refund_due, &mut self.refunded),
        ] {
            *paid += std::mem::take(due);
        }
    }

    /// Fee and royalty are rounded down, the payee gets the rest of `amount`.
    fn give_seller(&mut self, amount: u64) {
        let (fee, royalty) = (amount * self.fee_ppm / ONE, amount * self.royalty_ppm / ONE);
        self.fee_due += fee;
        self.royalty_due += royalty;
        self.paid_due += amount - fee - royalty;
    }

    /// What nobody has earned yet.
    pub fn rest(&self) -> u64 {
        let due = self.paid_due + self.fee_due + self.royalty_due + self.refund_due;
        self.held() - due - self.contested - self.pending - self.accruing
    }

    /// What its vault holds of the deposit.
    pub fn held(&self) -> u64 {
        self.deposited - self.paid - self.fee_paid - self.royalty_paid - self.refunded
    }

    /// What was decided for the seller, fee and royalty included.
    pub fn given(&self) -> u64 {
        let paid = self.paid + self.fee_paid + self.royalty_paid;
        paid + self.paid_due + self.fee_due + self.royalty_due
    }

    /// What the buyer has paid for good.
    pub fn spent(&self) -> u64 {
        self.deposited - self.refunded
    }

    /// Each amount, by the API's name for it.
    pub fn amounts(&self) -> BTreeMap<&'static str, String> {
        let amounts = [
            ("deposited", self.deposited),
            ("earned", self.earned),
            ("pending", self.pending),
            ("accruing", self.accruing),
            ("contested", self.contested),
            ("bond", self.bond),
            ("rest", self.rest()),
            ("paid", self.paid),
            ("fee_paid", self.fee_paid),
            ("royalty_paid", self.royalty_paid),
            ("refunded", self.refunded),
            ("paid_due", self.paid_due),
            ("fee_due", self.fee_due),
            ("royalty_due", self.royalty_due),
            ("refund_due", self.refund_due),
        ];
        amounts
            .map(|(name, amount)| (name, amount.to_string()))
            .into()
    }
}
