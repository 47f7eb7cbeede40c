//! I2, I3, I16, I17: whatever the database does.

mod commits;
mod crashes;
mod full_disk;
mod lost;
mod silent;
mod slow;
mod writer;
