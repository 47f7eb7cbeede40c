//! Instructions of the escrow program.
