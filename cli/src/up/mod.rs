//! `pedigree up`: a whole deployment on this machine.

mod lock;
