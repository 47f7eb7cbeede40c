//! The lineage of a listing, level by level.

use hashbrown::HashMap;

use crate::{Address, Index, deadline::Steps, index::Single};

/// Nodes of one answer, the root included.
pub const MOST_NODES: usize = if cfg!(test) { 20 } else { 5_000 };
/// Edges of one answer. More among so few nodes nobody has but who means harm.
pub const MOST_EDGES: usize = if cfg!(test) { 40 } else { 50_000 };

/// The status that keeps a listing out of what was made of another.
const DRAFT: &str = "draft";

/// Which lineage is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    pub root: Address,
    pub direction: Direction,
    /// Levels at most.
    pub depth: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What it was made of.
    Ancestors,
    /// What was made of it. Drafts are left out.
    Descendants,
}

/// What is met along all edges, in force or not, and the edges among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// By depth, the root first. Below one node what it was made of comes in its order, what was made of it in the order of the
    /// addresses.
    pub nodes: Vec<Node>,
    /// By their child, in its order.
    pub edges: Vec<Edge>,
    /// Whether there is more.
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub address: Address,
    /// Length of the shortest way from the root.
    pub depth: u32,
    pub kind: String,
    pub name: String,
    pub publisher_name: Option<String>,
    pub status: String,
    pub tainted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Places among the nodes.
    pub child: usize,
    pub parent: usize,
    pub relation: String,
    pub royalty_ppm: u32,
    pub status: String,
}

impl Index {
    /// None where the root is no listing. What is said of a parent that is none leads nowhere.
    pub fn lineage(&self, walk: &Walk) -> Option<Lineage> {
        let mut met = Met {
            draft: self.statuses.values.find(DRAFT),
            ..Met::of(self.graph.find(&walk.root)?)
        };
        let mut next = 0;
        // Breadth first, so that each is met once and at its least depth, whatever circles or crossing ways there are.
        while let Some((id, depth)) = met.order.get(next).copied() {
            next = next.saturating_add(1);
            if depth >= walk.depth || met.order.len() >= MOST_NODES {
                met.truncated = self.leads_on(walk.direction, id, &mut met);
            } else {
                self.step(walk.direction, (id, depth), &mut met);
            }
            if met.truncated || met.steps.are_over() {
                break;
            }
        }
        let edges = self.edges_among(&mut met);
        let nodes = met.order.iter().map(|(id, depth)| self.node(*id, *depth));
        Some(Lineage {
            nodes: nodes.collect(),
            edges,
            truncated: met.truncated,
        })
    }

    /// Meets all that a node leads to, as far as there is room.
    fn step(&self, direction: Direction, (id, depth): (u32, u32), met: &mut Met) {
        let room = MOST_NODES.saturating_sub(met.order.len());
        let found = match direction {
            Direction::Ancestors => self.parents(id).filter(|id| met.is_new(*id)).collect(),
            Direction::Descendants => self.children(id, room, met),
        };
        for id in found {
            if met.order.len() >= MOST_NODES {
                met.truncated |= met.is_new(id);
            } else {
                met.add(id, depth.saturating_add(1));
            }
        }
    }

    fn parents(&self, id: u32) -> impl Iterator<Item = u32> {
        let parents = self.graph.edges(id).iter().map(|edge| edge.parent);
        parents.filter(|parent| self.graph.listed().contains(*parent))
    }

    /// Those that are new, in the order of their addresses, but no more than tell that they are more than there is room for.
    fn children(&self, id: u32, room: usize, met: &mut Met) -> Vec<u32> {
        let mut found = Vec::new();
        for children in self.graph.children(id) {
            children.for_each(|child| {
                if !met.steps.are_over() && self.is_descendant(child, met) {
                    found.push((prefix(&self.graph.address(child)), child));
                }
            });
        }
        let address = |id: u32| self.graph.address(id);
        let by_address = |one: &(u64, u32), other: &(u64, u32)| {
            let prefixes = one.0.cmp(&other.0);
            prefixes.then_with(|| address(one.1).cmp(&address(other.1)))
        };
        if found.len() > room {
            found.select_nth_unstable_by(room, by_address);
            found.truncate(room.saturating_add(1));
        }
        found.sort_unstable_by(by_address);
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether a node leads to any that is new.
    fn leads_on(&self, direction: Direction, id: u32, met: &mut Met) -> bool {
        match direction {
            Direction::Ancestors => self.parents(id).any(|id| met.is_new(id)),
            Direction::Descendants => self.graph.children(id).any(|children| {
                children.any(|child| met.steps.are_over() || self.is_descendant(child, met))
            }),
        }
    }

    /// Whether a child is new, and no draft.
    fn is_descendant(&self, child: u32, met: &Met) -> bool {
        let is_draft = met.draft.is_some() && self.statuses.id(child) == met.draft;
        !is_draft && met.is_new(child)
    }

    fn node(&self, id: u32, depth: u32) -> Node {
        let text = |of: &Single<Box<str>>| Some(of.values.key(of.id(id)?)?.to_string());
        Node {
            address: self.graph.address(id),
            depth,
            kind: text(&self.kinds).unwrap_or_default(),
            name: self.names.text(id).to_owned(),
            publisher_name: text(&self.publisher_names),
            status: text(&self.statuses).unwrap_or_default(),
            tainted: self.columns.tainted.contains(id),
        }
    }

    fn edges_among(&self, met: &mut Met) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (child, (id, _)) in met.order.iter().enumerate() {
            for edge in self.graph.edges(*id) {
                let Some(parent) = met.places.get(&edge.parent) else {
                    continue;
                };
                if edges.len() >= MOST_EDGES || met.steps.are_over() {
                    met.truncated = true;
                    return edges;
                }
                let Some(claim) = self.graph.claim(edge) else {
                    continue;
                };
                edges.push(Edge {
                    child,
                    parent: *parent,
                    relation: claim.relation.to_string(),
                    royalty_ppm: edge.royalty_ppm,
                    status: claim.status.to_string(),
                });
            }
        }
        edges
    }
}

/// What was met so far.
struct Met {
    /// Each with its depth.
    order: Vec<(u32, u32)>,
    /// Places in that order.
    places: HashMap<u32, usize>,
    /// The number of the status that is left out, where any listing has it.
    draft: Option<u32>,
    truncated: bool,
    steps: Steps,
}

impl Met {
    fn of(root: u32) -> Self {
        Self {
            order: vec![(root, 0)],
            places: HashMap::from([(root, 0)]),
            draft: None,
            truncated: false,
            steps: Steps::default(),
        }
    }

    fn is_new(&self, id: u32) -> bool {
        !self.places.contains_key(&id)
    }

    fn add(&mut self, id: u32, depth: u32) {
        // A parent may be named twice.
        if self.is_new(id) {
            self.places.insert(id, self.order.len());
            self.order.push((id, depth));
        }
    }
}

/// What most addresses differ in.
fn prefix(address: &Address) -> u64 {
    address
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}
