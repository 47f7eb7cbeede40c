use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    emitter,
    pda::{self, Payer},
    receipt::{flag, state},
    token::{self, Deposit},
};
use listing::state::{Listing, PoolLedger};

use crate::{
    constants::ORDER_SEED,
    error::EscrowError,
    events::{OrderHead, OrderOpenedV1},
    opening::{Made, OpenArgs},
    state::{Config, MintConfig, Order, Session, check_rates},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenOrder {
    /// Who buys, or the key of the session that does.
    #[account(mut)]
    pub buyer: Signer,
    /// Pays the rent; the buyer where none is given.
    #[account(mut)]
    pub payer: Option<Signer>,
    pub config: Account<Config>,
    /// The mint's settings.
    /// CHECK: loaded where an order has to be made; a mint that was never allowed has none.
    pub mint_config: UncheckedAccount,
    pub listing: Account<Listing>,
    /// The ledger of the listing's pool of its generation and the mint, where it owes royalties.
    /// CHECK: loaded where an order has to be made; one that was never opened is missing.
    pub ledger: Option<UncheckedAccount>,
    /// CHECK: compared with the settings.
    pub mint: UncheckedAccount,
    /// CHECK: made here, or compared.
    #[account(mut)]
    pub order: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The buyer's token account, or the session's vault.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the settings.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
    /// The session that buys, if one does.
    /// CHECK: loaded where an order has to be made; one that was closed since is found by the order that it made.
    pub session: Option<UncheckedAccount>,
}

impl OpenOrder {
    /// The mint's settings, what the order will hold, and the pool that it will pay into.
    fn validate(&self, args: &OpenArgs, session: Option<&Session>, now: i64) -> Result<Terms> {
        let Self {
            config, listing, ..
        } = self;
        args.check(config, listing, now)?;
        let mint_config = Account::<MintConfig>::load(*self.mint_config.account())
            .map_err(|_| EscrowError::MintNotAllowed)?;
        require!(mint_config.enabled != 0, EscrowError::MintNotAllowed);
        require!(
            address_eq(&mint_config.mint, self.mint.address())
                && address_eq(&mint_config.token_program, self.token_program.address()),
            EscrowError::WrongTokenProgram
        );
        let term = args.term(listing)?;
        require!(
            address_eq(&term.mint, &mint_config.mint),
            EscrowError::MintNotAllowed
        );
        require!(
            term.decimals == mint_config.decimals,
            EscrowError::DecimalsDiffer
        );
        let total = term
            .price
            .checked_mul(args.quantity)
            .ok_or(EscrowError::AmountTooLarge)?;
        require!(total <= args.max_total, EscrowError::AboveMaximum);
        require!(
            total <= mint_config.max_deposit,
            EscrowError::DepositTooLarge
        );
        check_rates(config.fee_ppm, listing.royalty_ppm)?;
        if let Some(session) = session {
            session.check_spending(now, listing.address(), &term.mint, self.source.address())?;
        }
        // The token program, which moves the deposit, checks the rest of it.
        let source = self.source.account();
        require!(
            token::names_owner(source, self.buyer(), &mint_config.token_program),
            EscrowError::WrongTokenAccount
        );
        Ok(Terms {
            total,
            pool: self.pool(&term.mint)?,
            mint_config,
        })
    }

    /// In whose name the order is: the buyer's, or the session's.
    fn buyer(&self) -> &Address {
        match &self.session {
            Some(session) => session.address(),
            None => self.buyer.address(),
        }
    }

    /// The session that buys, if one does, whose key has signed.
    fn session(&self) -> Result<Option<Account<Session>>> {
        let Some(view) = &self.session else {
            return Ok(None);
        };
        let session = Account::<Session>::load(*view.account())?;
        require!(
            address_eq(self.buyer.address(), &session.key),
            EscrowError::SessionForbids
        );
        Ok(Some(session))
    }

    /// A ledger is made together with its pool, at the one address for its listing, generation and mint, and neither
    /// ever closes: where the ledger is, the pool is.
    fn pool(&self, mint: &Address) -> Result<Address> {
        let listing = &self.listing;
        if listing.royalty_ppm == 0 {
            return Ok(Address::default());
        }
        let ledger = self
            .ledger
            .as_ref()
            .and_then(|ledger| Account::<PoolLedger>::load(*ledger.account()).ok());
        let ledger = ledger.filter(|ledger| {
            address_eq(&ledger.listing, listing.address())
                && ledger.generation == listing.generation
                && address_eq(&ledger.mint, mint)
        });
        ledger
            .map(|ledger| ledger.pool)
            .ok_or_else(|| EscrowError::PoolMissing.into())
    }
}

/// What an order is made of besides its arguments.
struct Terms {
    total: u64,
    pool: Address,
    mint_config: Account<MintConfig>,
}

/// **Specification:**
/// - Signed by the buyer, or by the key of a session that is neither revoked nor expired and may order this listing in
///   this mint; the rent may be paid by another signer.
/// - Where the order exists and the same arguments made it: success without effect, whatever became of it, the listing,
///   the session or the settings since. Where others made it: `IdempotencyConflict`.
/// - New orders are not paused; the listing is active, and claimed unless the settings allow others; the mint is
///   allowed, and its decimals are the term's; version, manifest, price, unit, mode, windows, a dispute's bond and the time for
///   its ruling are those seen; the total is at most `max_total` and the mint's largest deposit; `valid_until` is in the
///   future, at most 7 days ahead.
/// - Where the listing owes royalties the pool of its generation and this mint exists.
/// - Fee and royalties together are at most the price.
/// - A metered order ends as the buyer says, later than two windows from now, a subscription or a lease with its last
///   unit, all within 366 days; a metered order and a lease name the key that speaks for the buyer.
/// - The order copies payee, seller, fee, royalty, pool, windows, version and hashes; no later change touches it.
/// - The vault, at the order's own address, takes the total from the buyer's own token account, or the session's vault.
#[inline(never)]
pub fn open_order(ctx: &mut Context<OpenOrder>, args: &OpenArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let (buyer, listing) = (accounts.buyer(), &accounts.listing);
    let (order_view, vault, mint) = (
        accounts.order.account(),
        accounts.vault.account(),
        accounts.mint.account(),
    );
    if args.made(order_view, buyer, listing.address(), mint.address())? {
        return Ok(());
    }
    let clock = Clock::get()?;
    let session = accounts.session()?;
    let session = session.as_ref();
    let Terms {
        total,
        pool,
        mint_config,
    } = accounts.validate(
        args,
        session.map(|session| &**session),
        clock.unix_timestamp,
    )?;

    let payer = Payer::new(accounts.payer.as_ref().unwrap_or(&accounts.buyer).account())?;
    let seeds: [&[u8]; 3] = [ORDER_SEED, buyer.as_ref(), &args.key];
    let (mut order, bump) = payer.init::<Order>(order_view, &seeds)?;
    let (token_program, decimals) = (&mint_config.token_program, mint_config.decimals);
    let session_seeds = session.map(|session| session.seeds());
    let deposit = Deposit {
        from: accounts.source.account(),
        authority: session.map_or(accounts.buyer.account(), |session| session.account()),
        amount: total,
        decimals,
        seeds: session_seeds.as_ref().map_or(&[], |seeds| &seeds[..]),
    };
    let [name, buyer_seed, key] = seeds;
    token::create_vault(
        &payer,
        vault,
        mint,
        token_program,
        order_view,
        &[name, buyer_seed, key, pda::bump_seed(bump)],
        &deposit,
    )?;

    let made = Made {
        bump,
        buyer,
        owner: session.map_or(buyer, |session| &session.owner),
        payer: payer.address(),
        listing_address: listing.address(),
        mint: mint.address(),
        clock: &clock,
    };
    args.write(&mut order, &made, &accounts.config, listing)?;
    order.head.state = state::FUNDED;
    if session.is_some() {
        order.head.flags |= flag::SESSION;
    }
    order.head.decimals = decimals;
    order.head.royalty_ppm = listing.royalty_ppm;
    order.head.fee_ppm = accounts.config.fee_ppm;
    order.token_program = *token_program;
    order.source = *accounts.source.address();
    order.vault = *vault.address();
    order.pool = pool;
    order.deposited = total;
    // not mutated: of a new order nothing has moved yet
    order.invariant()?;
    let head = OrderHead {
        address: *order_view.address(),
        old_state: 0,
    };
    emitter!(ctx).state::<OrderOpenedV1>(&head, &order);
    Ok(())
}
