//! Listings, ready made.

use listing::state::{Listing, RoyaltyTable, derivatives, kind, relation};
use pedigree_sdk::{
    instructions::listing::{self as ix, Forwarding, Licence, NewEdge, RegisterArgs, TermArgs},
    pda,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{Chain, Mint};

impl Chain {
    /// Makes the listing program's config; returns its authority.
    pub fn init_listing(&mut self) -> Keypair {
        let authority = self.actor();
        let upgrade_authority = self.upgrade_authority.insecure_clone();
        let signer = upgrade_authority.pubkey();
        self.ok(
            &[ix::initialize(signer, signer, authority.pubkey())],
            &[&upgrade_authority],
        );
        authority
    }

    /// A claimed, open model under a new key, free of charge and of royalty.
    pub fn register_args(&mut self) -> RegisterArgs {
        RegisterArgs {
            key: self.draw(),
            kind: kind::MODEL,
            claimed: true,
            derivatives: derivatives::OPEN,
            derivative_royalty_ppm: 0,
            manifest_hash: self.draw(),
            content_hash: None,
            payout: None,
            operator: None,
            name: "Aurora 7B Instruct".into(),
            uri: "https://store.example/manifests/aurora-7b-instruct.json".into(),
            license: "Apache-2.0".into(),
            terms: Vec::new(),
        }
    }

    /// A one-time price in a mint.
    pub fn one_time_term(&self, mint: &Mint, price: u64) -> TermArgs {
        TermArgs {
            mode: 1,
            decimals: mint.decimals,
            price,
            capacity: 0,
            mint: mint.address,
            unit: "copy".into(),
            period: 0,
        }
    }

    /// A draft, paid for by its publisher.
    pub fn draft(&mut self, publisher: &Keypair, args: &RegisterArgs) -> Pubkey {
        self.ok(&[register(publisher, args)], &[publisher]);
        pda::listing(&publisher.pubkey(), &args.key).0
    }

    /// An active listing with these royalty-bearing parents (address, ppm), all of them open.
    pub fn active(
        &mut self,
        publisher: &Keypair,
        args: &RegisterArgs,
        parents: &[(Pubkey, u32)],
    ) -> Pubkey {
        let child = self.draft(publisher, args);
        for (parent, ppm) in parents {
            self.ok(&[edge(publisher, child, *parent, *ppm)], &[publisher]);
        }
        self.ok(&[ix::activate(publisher.pubkey(), child)], &[publisher]);
        child
    }

    /// Opens a listing's pool for a mint and returns its token account.
    pub fn open_pool(&mut self, listing: &Pubkey, mint: &Mint) -> Pubkey {
        let payer = self.actor();
        let generation = self.state::<Listing>(listing).generation;
        let open = ix::open_pool(
            payer.pubkey(),
            *listing,
            generation,
            mint.address,
            mint.program,
        );
        self.ok(&[open], &[&payer]);
        pda::pool(listing, generation, &mint.address).0
    }

    /// The call that sends entry `index` of a listing's table its share, the parent's own to `payout`.
    pub fn forwarding(
        &self,
        listing: &Pubkey,
        mint: &Mint,
        index: u8,
        payout: Pubkey,
    ) -> Forwarding {
        let generation = self.state::<Listing>(listing).generation;
        let table: RoyaltyTable = self.state(&pda::royalties(listing, generation).0);
        let parent = table.entries[usize::from(index)].parent;
        let state: Listing = self.state(&parent);
        Forwarding {
            listing: *listing,
            generation,
            mint: mint.address,
            token_program: mint.program,
            index,
            parent,
            payout,
            parent_generation: (state.royalty_ppm > 0).then_some(state.generation),
        }
    }
}

/// A registration that the publisher pays for.
pub fn register(publisher: &Keypair, args: &RegisterArgs) -> Instruction {
    ix::register(publisher.pubkey(), publisher.pubkey(), args.clone())
}

/// A claim to an open parent that accepts any royalty up to the one it offers.
pub fn new_edge(child: Pubkey, parent: Pubkey, royalty_ppm: u32) -> NewEdge {
    let relation = relation::ADAPTED_FROM;
    NewEdge {
        child,
        parent,
        relation,
        royalty_ppm,
        max_royalty_ppm: royalty_ppm,
        licence: Licence::Open,
    }
}

/// The same as an instruction that the authority pays for.
pub fn edge(authority: &Keypair, child: Pubkey, parent: Pubkey, royalty_ppm: u32) -> Instruction {
    ix::add_edge(
        authority.pubkey(),
        authority.pubkey(),
        new_edge(child, parent, royalty_ppm),
    )
}
