//! `pedigree order`.

mod heartbeat;
mod list;
mod open;
mod pay;
mod quote;
mod seller;
mod show;
mod top_up;

use anyhow::Result;
use clap::{Args, Subcommand};
use escrow::state::Order;
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::wallet::{Signing, Wallet, with_sent};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// What an order would cost and who would get it, to the base unit.
    Quote(quote::Options),
    /// Order and pay into escrow. With the same `--key` again it changes nothing.
    Open(open::Options),
    /// Deliver, as the listing's authority or operator.
    Deliver(seller::Deliver),
    /// Accept what was delivered, or all that was earned so far, as the order's owner: pays everybody
    /// at once.
    Accept(Act),
    /// Pay what may no longer be disputed, and give back what is left of an order that is over, as
    /// anyone; its owner accepts nothing by that.
    Settle(Act),
    /// Put more into a metered order, as its owner, or with the session that bought it.
    TopUp(top_up::Options),
    /// Say that the leases go on, as their buyer, or that they went on, as their provider.
    Heartbeat(heartbeat::Options),
    /// End an order of another mode than one-time before its time, as its owner or its seller.
    End(Act),
    /// Give the money back: any part by the seller, all of an undelivered order by anyone after its
    /// deadline.
    Refund(seller::Refund),
    /// Pay the parts of an order that could not be paid when they fell due, as anyone.
    Withdraw(Act),
    /// Close an order's account after its validity; the rent goes back to who paid it.
    Close(Act),
    /// Send what an order's account holds above its rent, as after a fall of the network's, to who paid
    /// that, as anyone.
    Reclaim(Act),
    /// An order as the chain has it, and whether the index agrees.
    Show(show::Options),
    /// Orders in the index, newest first.
    List(list::Options),
}

/// Something that needs nothing but the order.
#[derive(Debug, Args)]
pub struct Act {
    /// Address of the order.
    pub order: Pubkey,
    #[command(flatten)]
    pub signing: Signing,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Quote(options) => quote::run(options).await,
        Command::Open(options) => open::run(options).await,
        Command::Deliver(options) => seller::deliver(options).await,
        Command::Accept(act) => pay::accept(act).await,
        Command::Settle(act) => pay::settle(act).await,
        Command::TopUp(options) => top_up::run(options).await,
        Command::Heartbeat(options) => heartbeat::run(options).await,
        Command::End(act) => pay::end(act).await,
        Command::Refund(options) => seller::refund(options).await,
        Command::Withdraw(act) => pay::withdraw(act).await,
        Command::Close(act) => pay::close(act).await,
        Command::Reclaim(act) => pay::reclaim_rent(act).await,
        Command::Show(options) => show::run(options).await,
        Command::List(options) => list::run(options).await,
    }
}

/// Sends, and gives the order as it is afterwards.
pub async fn send(wallet: &Wallet, order: &Pubkey, instructions: &[Instruction]) -> Result<Value> {
    let sent = wallet.send(instructions).await?;
    Ok(with_sent(wallet.session.show::<Order>(order).await?, &sent))
}
