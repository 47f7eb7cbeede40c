//! An edge is proved once, of its parent's version in force, by hashes that lead from that content to the root.

use common::hash::sha256;
use listing::{
    events::EdgeProvedV1,
    state::{Edge, edge_status},
};
use pedigree_sdk::events::Event;
use solana_program::instruction::Instruction;

use super::{Taken, Verdict, holds};
use crate::idl;

pub fn check(taken: &Taken) -> Verdict {
    for event in taken.events {
        if let Event::EdgeProved(event) = event {
            proved(taken, event)?;
        }
    }
    Ok(())
}

fn proved(taken: &Taken, event: &EdgeProvedV1) -> Verdict {
    let (address, edge) = (event.head.address, &event.state);
    let before = taken.before.edges.get(&address);
    let before = before.ok_or_else(|| format!("{address} was proved before it was there"))?;
    holds!(
        before.status == edge_status::CLAIMED,
        "{address} was proved a second time"
    );
    let parent = taken.before.listings.get(&edge.parent);
    let parent = parent.ok_or_else(|| format!("{address} goes nowhere"))?;
    let expected = Edge {
        status: edge_status::PROVED,
        manifest_root: edge.manifest_root,
        proved_slot: taken.after.slot,
        proved_version: parent.version,
        seq: before.seq + 1,
        ..**before
    };
    holds!(*edge == expected, "{address} is another edge now");
    let instructions = taken.call.into_iter().flat_map(|call| &call.instructions);
    let mut proofs = instructions.filter(|ix| {
        idl::find(ix).is_some_and(|known| known.name == "listing.prove_edge")
            && idl::account(ix, "edge") == Some(address)
    });
    let found = proofs.any(|ix| leads_to(ix, &parent.content_hash) == Some(edge.manifest_root));
    let known = parent.content_hash != [0; 32];
    holds!(found && known, "{address} was proved by nothing");
    Ok(())
}

/// The root that an instruction's hashes lead to, if it is the one that it says: root, sides (u32), count (u32), hashes.
fn leads_to(instruction: &Instruction, content: &[u8; 32]) -> Option<[u8; 32]> {
    let (root, rest) = instruction.data.get(8..)?.split_first_chunk::<32>()?;
    let (lefts, rest) = rest.split_first_chunk::<4>()?;
    let (count, path) = rest.split_first_chunk::<4>()?;
    let (lefts, count) = (u32::from_le_bytes(*lefts), u32::from_le_bytes(*count));
    let path = path.as_chunks::<32>().0.get(..count as usize)?;
    let mut hash = sha256(&[&[0], content]);
    for (step, sibling) in path.iter().enumerate() {
        let left = lefts >> step & 1 == 1;
        let (a, b) = if left {
            (sibling, &hash)
        } else {
            (&hash, sibling)
        };
        hash = sha256(&[&[1], a, b]);
    }
    let within = u64::from(lefts) >> path.len() == 0;
    (hash == *root && path.len() <= 20 && within).then_some(hash)
}
