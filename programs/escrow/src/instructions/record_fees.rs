use anchor_lang::{Id, cpi::InstructionAccount, prelude::*, programs::System};
use common::{
    RECORD_FEES, REWARD_ID,
    cpi::{self, MAX_ACCOUNTS},
    emitter,
    pda::bump_seed,
};

use crate::{
    constants::CONFIG_SEED,
    error::EscrowError,
    events::{FeesRecordedHead, OrderFeesRecordedV1},
    state::{Config, Order},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RecordFees {
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub order: Account<Order>,
    /// CHECK: the reward program checks it, as all of its own below.
    pub reward_config: UncheckedAccount,
    /// CHECK: see `reward_config`.
    pub rate: UncheckedAccount,
    /// CHECK: see `reward_config`.
    #[account(mut)]
    pub epoch: UncheckedAccount,
    /// CHECK: see `reward_config`.
    #[account(mut)]
    pub publisher_points: UncheckedAccount,
    /// CHECK: see `reward_config`.
    #[account(mut)]
    pub buyer_points: UncheckedAccount,
    /// CHECK: see `reward_config`.
    pub system_program: UncheckedAccount,
    /// CHECK: see `reward_config`.
    pub reward_event_authority: UncheckedAccount,
    /// CHECK: called under its own address.
    pub reward_program: UncheckedAccount,
}

/// **Specification:**
/// - By anyone, once for an order (`AlreadyRecorded`), as long as its account is open: a settled and paid one of a claimed
///   listing, nothing of whose fee is due any more (`NothingToRecord`).
/// - Marks the order, then has the reward program credit payee and owner; what that refuses, a pause and a purchase of one's
///   own included, fails the whole and leaves the order unmarked.
/// - What the reward program may write to is its own, or nobody's yet (`WrongAccount`).
/// - No payout waits for it, and it moves none of the order's money. `payer` pays the rent of points that are new.
pub fn record_fees(ctx: &mut Context<RecordFees>) -> Result<()> {
    ctx.accounts.validate()?;
    let order = &mut ctx.accounts.order;
    let amount = order.record_fees()?;
    order.advance()?;
    order.invariant()?;
    let head = FeesRecordedHead {
        address: *order.address(),
        amount,
    };
    emitter!(ctx).state::<OrderFeesRecordedV1>(&head, &ctx.accounts.order);
    ctx.accounts.credit();
    Ok(())
}

impl RecordFees {
    /// The config's signature moves what the treasuries hold: it goes to the reward program with no token account that could
    /// be written to, whatever that program is or becomes.
    fn validate(&self) -> Result<()> {
        let written = [&self.epoch, &self.publisher_points, &self.buyer_points];
        let harmless = written.iter().all(|account| {
            let view = account.account();
            view.owned_by(&REWARD_ID) || view.owned_by(&System::id())
        });
        require!(harmless, EscrowError::WrongAccount);
        Ok(())
    }

    /// Calls the reward program, signed by the config.
    #[inline(never)]
    fn credit(&self) {
        let views: [&AccountView; MAX_ACCOUNTS] = [
            self.config.account(),
            self.payer.account(),
            self.reward_config.account(),
            self.rate.account(),
            self.order.account(),
            self.epoch.account(),
            self.publisher_points.account(),
            self.buyer_points.account(),
            self.system_program.account(),
            self.reward_event_authority.account(),
            self.reward_program.account(),
        ];
        let [
            config,
            payer,
            reward_config,
            rate,
            order,
            epoch,
            publisher,
            buyer,
            system,
            event,
            program,
        ] = views.map(AccountView::address);
        let metas = [
            InstructionAccount::readonly_signer(config),
            InstructionAccount::writable_signer(payer),
            InstructionAccount::readonly(reward_config),
            InstructionAccount::readonly(rate),
            InstructionAccount::readonly(order),
            InstructionAccount::writable(epoch),
            InstructionAccount::writable(publisher),
            InstructionAccount::writable(buyer),
            InstructionAccount::readonly(system),
            InstructionAccount::readonly(event),
            InstructionAccount::readonly(program),
        ];
        let seeds: [&[u8]; 2] = [CONFIG_SEED, bump_seed(self.config.bump)];
        cpi::invoke(&REWARD_ID, &RECORD_FEES, &metas, &views, &seeds);
    }
}
