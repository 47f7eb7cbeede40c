//! Lists a catalogue on the chain.

mod pack;
