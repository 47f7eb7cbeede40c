//! Search in memory follows the tables, through whatever befalls them.

mod faults;
mod following;
mod loading;
mod replicas;
mod signals;
