//! `pedigree dispute`.

mod court;
mod edges;
mod list;
mod votes;

use anyhow::Result;
use clap::{Args, Subcommand};
use escrow::state::Order;
use pedigree_sdk::instructions::escrow as instruction;
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    order::{Act, send},
    values,
    wallet::Signing,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Contest what may be contested of an order now, as its owner or its seller, with a bond. The
    /// owner's takes the place of the seller's.
    Open(Open),
    /// Give up what is contested, as the seller to the buyer, as the owner to the seller; who opened the
    /// dispute itself loses the bond. `--wallet` has to say who.
    Concede(Act),
    /// Carry out the final ruling, as anyone.
    Apply(Act),
    /// End a dispute that was not ruled on in time, as anyone: the seller gets what is contested.
    Lapse(Act),
    /// Take an order's dispute before the court, as anyone.
    Case(court::Case),
    /// Complain before the court of the version of a listing that is in force, with a bond.
    Complain(court::Complaint),
    /// Say before the court that an edge of a listing's lineage is false, or that one is missing, with
    /// a bond.
    Challenge(edges::Claim),
    /// Carry out the ruling on an edge, as anyone: a false one is revoked, a missing one added.
    ApplyEdge(edges::Claim),
    /// Tell the court a hash of evidence, as anyone.
    Evidence(court::Evidence),
    /// Vote in the round in force, with a position, in secret and with a bond.
    Commit(court::Commit),
    /// Reveal that vote, once the time for it has come.
    Reveal(court::Reveal),
    /// Count the round in force, as anyone.
    Tally(court::Act),
    /// Appeal against the ruling of the round in force, as anyone, with a bond.
    Appeal(court::Appeal),
    /// End a case that nobody may appeal any more, as anyone.
    Finish(court::Act),
    /// Pay a juror of a case that has ended what it is owed, as anyone.
    Settle(court::Settle),
    /// Pay the bond of who opened a case or appealed back, as anyone.
    PayBond(court::PayBond),
    /// A case as the chain has it.
    Show(court::Show),
    /// Cases in the index, newest first.
    List(list::Options),
}

#[derive(Debug, Args)]
pub struct Open {
    /// Address of the order.
    order: Pubkey,
    /// SHA-256 of the evidence, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    evidence: [u8; 32],
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Open(options) => open(options).await,
        Command::Concede(act) => concede(act).await,
        Command::Apply(act) => by_number(act, instruction::apply_ruling).await,
        Command::Lapse(act) => by_number(act, instruction::lapse_dispute).await,
        Command::Case(options) => court::open_case(options).await,
        Command::Complain(options) => court::complain(options).await,
        Command::Challenge(claim) => edges::challenge(claim).await,
        Command::ApplyEdge(claim) => edges::apply(claim).await,
        Command::Evidence(options) => court::submit_evidence(options).await,
        Command::Commit(options) => court::commit(options).await,
        Command::Reveal(options) => court::reveal(options).await,
        Command::Tally(act) => court::tally(act).await,
        Command::Appeal(options) => court::appeal(options).await,
        Command::Finish(act) => court::finish(act).await,
        Command::Settle(options) => court::settle_juror(options).await,
        Command::PayBond(options) => court::pay_bond(options).await,
        Command::Show(options) => court::show(options).await,
        Command::List(options) => list::run(options).await,
    }
}

async fn open(options: Open) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let (address, opener) = (options.order, wallet.address());
    let order = wallet.session.account::<Order>(&address).await?;
    let (source, create) = wallet
        .token_account(&opener, &order.mint, &order.token_program)
        .await?;
    let open = instruction::open_dispute(&opener, &address, &order, &source, options.evidence);
    let instructions: Vec<_> = create.into_iter().chain([open]).collect();
    send(&wallet, &address, &instructions).await
}

async fn concede(act: Act) -> Result<Value> {
    let wallet = act.signing.named().await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    let concede = instruction::concede(&wallet.address(), &act.order, &order);
    let mut conceded = send(&wallet, &act.order, &[concede]).await?;
    // It decides whose the money is, and moves none.
    conceded["next"] = json!(format!(
        "`pedigree order withdraw {}` pays what is due by now, as anyone",
        act.order
    ));
    Ok(conceded)
}

/// What anyone does about an order's last dispute.
async fn by_number(act: Act, make: fn(&Pubkey, &Pubkey, u16) -> Instruction) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    let decide = make(&wallet.address(), &act.order, order.disputes);
    send(&wallet, &act.order, &[decide]).await
}
