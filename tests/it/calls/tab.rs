//! One buyer's order, and what it owes.

use std::fs;

use pedigree_sdk::voucher::Voucher;
use pedigree_tests::market::path;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::seller::Kept;
use crate::{
    books::Entry,
    offer::{Offer, ROYALTY_PPM},
    shop::Shop,
};

/// Of one unit of a call.
pub const RATE: u64 = 7_001;
/// Units that each order is opened for, and topped up with.
pub const UNITS: u64 = 500;
/// The session's key.
pub const KEY: &str = "stranger";

/// An order, who pays for it, and who signs what it owes.
pub struct Tab {
    pub entry: Entry,
    /// Who pays for it.
    pub wallet: &'static str,
    /// A wallet, by name or file, that is also `signer`.
    pub key: String,
    pub signer: Keypair,
    pub session: Option<Pubkey>,
    pub sequence: u64,
    pub owes: u64,
    pub kept: Kept,
}

impl Tab {
    pub fn voucher(&self, genesis_hash: &[u8; 32], sequence: u64, cumulative: u64) -> Voucher {
        let order = &self.entry.order;
        let born_slot = self.kept.account.head.born_slot;
        Voucher::sign(
            &self.signer,
            genesis_hash,
            order,
            born_slot,
            sequence,
            cumulative,
        )
    }
}

/// Order number `number` is opened, by the wallet or by its session.
pub async fn open_tab(
    shop: &Shop,
    offer: &Offer,
    number: usize,
    wallet: &'static str,
    session: Option<Pubkey>,
) -> Tab {
    // Every other order has a key of its own for its vouchers.
    let (key, signer) = match number % 2 {
        0 => {
            let own = if session.is_some() { KEY } else { wallet };
            (own.to_owned(), shop.key(own))
        }
        _ => {
            let (signer, file) = (Keypair::new(), format!("vouchers-{number}.json"));
            let file = shop.market.folder().join(file);
            fs::write(&file, format!("{:?}", signer.to_bytes().as_slice())).expect("a file");
            (path(&file).to_owned(), signer)
        }
    };
    let signs = signer.pubkey().to_string();
    let session_text = session.map(|session| session.to_string());
    let more = ["--buyer-key", &signs, "--wallet"];
    let more = [&more[..], &by(wallet, session_text.as_deref())].concat();
    let opened = offer.order(shop, UNITS, &more);
    let entry = Entry::opened(&opened, ROYALTY_PPM);
    assert_eq!(entry.ledger.deposited, UNITS * RATE);
    Tab {
        kept: Kept {
            account: shop.account(&entry.order).await,
            best: None,
        },
        entry,
        wallet,
        key,
        signer,
        session,
        sequence: 0,
        owes: 0,
    }
}

/// Who signs: the wallet, or for its session that one's key.
fn by<'a>(wallet: &'a str, session: Option<&'a str>) -> Vec<&'a str> {
    match session {
        Some(session) => vec![KEY, "--session", session],
        None => vec![wallet],
    }
}

/// Its owner, or the session's key, puts more into an order.
pub fn top_up(shop: &Shop, tab: &mut Tab) {
    let (order, more) = (tab.entry.order.to_string(), (UNITS * RATE).to_string());
    let top_up = ["order", "top-up", &order, "--amount", &more, "--wallet"];
    let session = tab.session.map(|session| session.to_string());
    let by = by(tab.wallet, session.as_deref());
    let topped_up = shop.market.cli(&[&top_up[..], &by].concat());
    tab.entry.ledger.deposited += UNITS * RATE;
    tab.entry.shows(&topped_up);
}
