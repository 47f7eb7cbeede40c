//! The instructions of a step.

use listing::state::derivatives;
use pedigree_sdk::{
    instructions::listing::{
        self as instruction, Licence, NewEdge, RegisterArgs, TermArgs, VersionArgs,
    },
    manifest::CONTENT_ADDRESSED,
    names::{KIND, MODE, RELATION, unit_period},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use super::{
    Importer,
    plan::{Addresses, Step, Target},
};

impl Importer {
    pub(super) fn profile(&self, publisher: &Pubkey, name: &str) -> Instruction {
        instruction::set_profile(*publisher, self.payer.pubkey(), name, "")
    }

    pub(super) fn instructions(
        &self,
        target: &Target<'_>,
        step: &Step,
        addresses: &Addresses<'_>,
    ) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        match step {
            Step::Skip => {}
            Step::Publish => self.publish(target, &mut instructions),
            Step::List {
                register,
                edges,
                publish,
            } => {
                if *register {
                    instructions.push(self.register(target));
                }
                for index in edges {
                    instructions.extend(self.add_edge(target, *index, addresses));
                }
                instructions.push(instruction::activate(target.publisher, target.address));
                if *publish {
                    self.publish(target, &mut instructions);
                }
            }
        }
        instructions
    }

    fn register(&self, target: &Target<'_>) -> Instruction {
        let asset = target.asset;
        let args = RegisterArgs {
            key: asset.listing_key(),
            kind: KIND.value(asset.kind).unwrap_or_default(),
            // Nobody asked the publisher: the listing neither owes nor earns royalties.
            claimed: false,
            derivatives: derivatives::OPEN,
            derivative_royalty_ppm: 0,
            manifest_hash: target.manifest.hash,
            content_hash: None,
            payout: None,
            operator: None,
            name: asset.name.clone(),
            uri: CONTENT_ADDRESSED.to_owned(),
            license: asset.license.clone().unwrap_or_default(),
            terms: self.terms(target),
        };
        instruction::register(target.publisher, self.payer.pubkey(), args)
    }

    fn add_edge(
        &self,
        target: &Target<'_>,
        index: usize,
        addresses: &Addresses<'_>,
    ) -> Option<Instruction> {
        let parent = target.asset.parents.get(index)?;
        let address = addresses.get(parent.key.as_str())?;
        let relation = RELATION.value(parent.relation)?;
        let edge = NewEdge {
            child: target.address,
            parent: *address,
            relation,
            royalty_ppm: 0,
            max_royalty_ppm: 0,
            licence: Licence::Open,
        };
        Some(instruction::add_edge(
            target.publisher,
            self.payer.pubkey(),
            edge,
        ))
    }

    fn publish(&self, target: &Target<'_>, instructions: &mut Vec<Instruction>) {
        let args = VersionArgs {
            manifest_hash: target.manifest.hash,
            content_hash: None,
            uri: CONTENT_ADDRESSED.to_owned(),
        };
        let (publisher, listing) = (target.publisher, target.address);
        instructions.push(instruction::publish_version(publisher, listing, args));
        // The manifest names the prices: what it says and what is charged change together.
        instructions.push(instruction::update_terms(
            publisher,
            listing,
            self.terms(target),
        ));
    }

    fn terms(&self, target: &Target<'_>) -> Vec<TermArgs> {
        let prices = target.asset.pricing.iter();
        prices
            .map(|price| {
                let mode = MODE.value(price.mode).unwrap_or_default();
                TermArgs {
                    mode,
                    decimals: 6,
                    price: price.price_micro_usd,
                    capacity: 0,
                    mint: self.mint,
                    unit: price.unit.clone(),
                    // The catalogue was read: where the mode asks for a time, the unit is one.
                    period: unit_period(mode, &price.unit).unwrap_or_default(),
                }
            })
            .collect()
    }
}
