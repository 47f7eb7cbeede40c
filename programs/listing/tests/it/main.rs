//! The compiled program in LiteSVM. One module per instruction or rule; `pNN` in a name is a numbered threat.

mod compute;
