//! The compiled program on LiteSVM, with the programs that it reads and that read it. Names carry the threat that a test
//! is about. Orders and listings are put there by hand, where their programs would have them.

mod cases;
mod closing;
mod config;
mod costs;
mod edges;
mod execution;
mod forgotten;
mod guardians;
mod guards;
mod guards_proposals;
mod proposals;
mod rounds;
mod rulings;
mod steward;
mod votes;

use testkit::{assembly, court as world};
