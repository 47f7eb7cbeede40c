//! Instructions of the listing program.
