//! A lineage as an indented tree.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use pedigree_sdk::api::{Edge, Lineage, Node};
use solana_program::pubkey::Pubkey;

use crate::commands::values::decimal;

/// Digits of a percentage behind the point: parts per million.
const PERCENT: u8 = 4;
/// Levels that are indented: as many as can be asked for. A way that is not the shortest may be much longer.
const INDENTED: usize = 64;

/// Which way a lineage is followed.
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    Ancestors,
    Descendants,
}

impl Direction {
    /// The last segment of the API's path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ancestors => "ancestors",
            Self::Descendants => "descendants",
        }
    }

    /// Where an edge is come from, and where it leads.
    fn ends(self, edge: &Edge) -> (Pubkey, Pubkey) {
        match self {
            Self::Ancestors => (edge.child, edge.parent),
            Self::Descendants => (edge.parent, edge.child),
        }
    }
}

/// A line for each listing, below it those that it leads to: once, at its first line. The last line says where there is more.
pub fn text(lineage: &Lineage, direction: Direction) -> String {
    let nodes: HashMap<Pubkey, &Node> = lineage.nodes.iter().map(|n| (n.address, n)).collect();
    let mut steps: HashMap<Pubkey, Vec<(Pubkey, &Edge)>> = HashMap::new();
    for edge in &lineage.edges {
        let (from, to) = direction.ends(edge);
        steps.entry(from).or_default().push((to, edge));
    }
    let (mut text, mut told) = (String::new(), HashSet::new());
    // The root comes first and leads to all others, unless edges were left out.
    for first in &lineage.nodes {
        if told.contains(&first.address) {
            continue;
        }
        // No recursion: strangers claim chains of any length.
        let mut waiting = vec![(0usize, first.address, None)];
        while let Some((depth, address, edge)) = waiting.pop() {
            let Some(node) = nodes.get(&address) else {
                continue;
            };
            let again = !told.insert(address);
            let indent = "  ".repeat(depth.min(INDENTED));
            // Writing to a String does not fail.
            let _ = writeln!(text, "{indent}{}", line(node, edge, again));
            if !again {
                let below = steps.get(&address).into_iter().flatten().rev();
                let below = below.map(|(to, edge)| (depth.saturating_add(1), *to, Some(*edge)));
                waiting.extend(below);
            }
        }
    }
    if lineage.truncated {
        text.push_str("truncated: there is more, deeper than --depth or wider than is given\n");
    }
    text
}

fn line(node: &Node, edge: Option<&Edge>, again: bool) -> String {
    let mut parts = vec![match &node.publisher_name {
        Some(publisher) => format!("{} by {publisher}", node.name),
        None => node.name.clone(),
    }];
    parts.push(node.kind.clone());
    if node.status != "active" {
        parts.push(node.status.clone());
    }
    if node.tainted {
        parts.push("tainted".to_owned());
    }
    if let Some(edge) = edge {
        parts.push(edge.relation.clone());
        if edge.royalty_ppm > 0 {
            let percent = decimal(edge.royalty_ppm.into(), PERCENT);
            parts.push(format!("royalty {percent}%"));
        }
        if edge.status == "revoked" {
            parts.push(edge.status.clone());
        }
    }
    if again {
        parts.push("(see above)".to_owned());
    }
    parts.push(node.address.to_string());
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use pedigree_sdk::api::Index;

    use super::*;

    const INDEX: Index = Index {
        slot: Some(1),
        finalized_slot: None,
        taint_slot: None,
    };

    fn key(number: u8) -> Pubkey {
        Pubkey::from([number; 32])
    }

    fn node(number: u8, name: &str) -> Node {
        Node {
            address: key(number),
            depth: 0,
            kind: "model".to_owned(),
            name: name.to_owned(),
            publisher_name: None,
            status: "active".to_owned(),
            tainted: false,
        }
    }

    fn edge(child: u8, parent: u8, royalty_ppm: u32) -> Edge {
        Edge {
            child: key(child),
            parent: key(parent),
            relation: "trained_on".to_owned(),
            royalty_ppm,
            status: "claimed".to_owned(),
        }
    }

    /// 1 was made from 2 and 3, both of them from 4, and 4 claims 1.
    fn lineage() -> Lineage {
        let mut lineage = Lineage {
            index: INDEX,
            root: key(1),
            nodes: vec![
                node(1, "root"),
                node(2, "left"),
                node(3, "right"),
                node(4, "base"),
            ],
            edges: vec![
                edge(1, 2, 25_000),
                edge(1, 3, 0),
                edge(2, 4, 1),
                edge(3, 4, 0),
                edge(4, 1, 0),
            ],
            truncated: true,
        };
        lineage.nodes[1].publisher_name = Some("Meta".to_owned());
        lineage.nodes[1].tainted = true;
        lineage.nodes[2].status = "paused".to_owned();
        lineage.edges[1].status = "revoked".to_owned();
        lineage
    }

    #[test]
    fn each_listing_is_expanded_once_and_marked_where_it_comes_again() {
        let [one, two, three, four] = [1, 2, 3, 4].map(key);
        let expected = format!(
            "root  model  {one}\n  \
               left by Meta  model  tainted  trained_on  royalty 2.5%  {two}\n    \
                 base  model  trained_on  royalty 0.0001%  {four}\n      \
                   root  model  trained_on  (see above)  {one}\n  \
               right  model  paused  trained_on  revoked  {three}\n    \
                 base  model  trained_on  (see above)  {four}\n\
             truncated: there is more, deeper than --depth or wider than is given\n"
        );
        assert_eq!(text(&lineage(), Direction::Ancestors), expected);
    }

    #[test]
    fn descendants_are_followed_from_parent_to_child() {
        let mut lineage = lineage();
        lineage.truncated = false;
        lineage.nodes.rotate_right(1);
        let text = text(&lineage, Direction::Descendants);
        let begins = [
            "base",
            "  left",
            "    root",
            "      base",
            "  right",
            "    root",
        ];
        assert_eq!(text.lines().count(), begins.len(), "{text}");
        for (line, begin) in text.lines().zip(begins) {
            assert!(line.starts_with(begin), "{begin}: {text}");
        }
    }

    #[test]
    fn a_listing_whose_edges_were_left_out_is_told_all_the_same() {
        let mut lineage = lineage();
        lineage.edges.truncate(2);
        let text = text(&lineage, Direction::Ancestors);
        assert!(
            text.contains(&format!("\nbase  model  {}\n", key(4))),
            "{text}"
        );
    }

    #[test]
    fn a_chain_of_strangers_claims_of_any_length_is_told() {
        let length: u16 = 5_000;
        let key = |number: u16| {
            let mut bytes = [0; 32];
            bytes[..2].copy_from_slice(&number.to_le_bytes());
            Pubkey::from(bytes)
        };
        let nodes = (0..length).map(|at| Node {
            address: key(at),
            ..node(0, "x")
        });
        let edges = (1..length).map(|at| Edge {
            child: key(at - 1),
            parent: key(at),
            ..edge(0, 0, 0)
        });
        let lineage = Lineage {
            index: INDEX,
            root: key(0),
            nodes: nodes.collect(),
            edges: edges.collect(),
            truncated: false,
        };
        let text = text(&lineage, Direction::Ancestors);
        assert_eq!(text.lines().count(), usize::from(length));
        let widest = text.lines().map(str::len).max();
        assert!(widest < Some(4 * INDENTED), "{widest:?}");
    }
}
