//! Accounts of the programs: from bytes, checked, and back to the same bytes.
//!
//! An account is its 8-byte discriminator followed by the fields of a `Pod` struct without padding, little endian.

use anchor_lang::{Discriminator, Owner};
use bytemuck::Pod;
use serde_json::Value;
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use crate::{programs, render::Render};

/// Bytes of an account's discriminator.
pub const DISCRIMINATOR_LEN: usize = 8;

/// An account type of one of the programs.
pub trait Account: Pod + Discriminator + Owner + Render {
    /// What it is.
    const KIND: EntityKind;
    /// Layout version that this crate reads.
    const LAYOUT: u8;
    /// Length of the account in bytes, discriminator included.
    const LEN: usize = DISCRIMINATOR_LEN + size_of::<Self>();
    /// Layout version that the account carries.
    fn layout(&self) -> u8;
    /// Number of the entity's last event.
    fn seq(&self) -> u64;
    /// Slot in which the account was made; 0 for accounts that never close.
    fn born_slot(&self) -> u64;
}

/// Why bytes are not the account they were taken for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("{kind}: the account belongs to {owner}, not to the {program} program: wrong address or wrong network", program = program_name(.kind))]
    Owner { kind: EntityKind, owner: Pubkey },
    #[error("{kind}: the account starts with {found}: it is another kind of account")]
    Discriminator { kind: EntityKind, found: String },
    #[error("{kind}: the account has {found} bytes, expected {expected}")]
    Length {
        kind: EntityKind,
        expected: usize,
        found: usize,
    },
    #[error(
        "{kind}: layout version {found} is unknown to this client, which reads version {expected}: update it"
    )]
    Layout {
        kind: EntityKind,
        expected: u8,
        found: u8,
    },
    #[error("an account of {owner} that starts with {found} is none of ours")]
    Unknown { owner: Pubkey, found: String },
}

/// Decodes an account as fetched from the chain.
pub fn decode<T: Account>(owner: &Pubkey, data: &[u8]) -> Result<T, AccountError> {
    if *owner != T::OWNER {
        return Err(AccountError::Owner {
            kind: T::KIND,
            owner: *owner,
        });
    }
    from_bytes(data)
}

/// Decodes an account's bytes whose owner is known to be right, such as those folded from events.
pub fn from_bytes<T: Account>(data: &[u8]) -> Result<T, AccountError> {
    let kind = T::KIND;
    let Some(body) = data.strip_prefix(T::DISCRIMINATOR) else {
        return Err(AccountError::Discriminator {
            kind,
            found: start(data),
        });
    };
    let value: T = bytemuck::try_pod_read_unaligned(body).map_err(|_| AccountError::Length {
        kind,
        expected: T::LEN,
        found: data.len(),
    })?;
    if value.layout() != T::LAYOUT {
        return Err(AccountError::Layout {
            kind,
            expected: T::LAYOUT,
            found: value.layout(),
        });
    }
    Ok(value)
}

/// The bytes of an account, discriminator included.
pub fn to_bytes<T: Account>(value: &T) -> Vec<u8> {
    let mut data = Vec::with_capacity(T::LEN);
    data.extend_from_slice(T::DISCRIMINATOR);
    data.extend_from_slice(bytemuck::bytes_of(value));
    data
}

/// SHA-256 of an account's bytes, as `proof.account_hash` gives it.
pub fn account_hash(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

fn program_name(kind: &EntityKind) -> &'static str {
    programs::name(&kind.program()).unwrap_or("unknown")
}

fn start(data: &[u8]) -> String {
    hex::encode(data.get(..DISCRIMINATOR_LEN).unwrap_or(data))
}

macro_rules! accounts {
    ($($kind:ident $name:literal $program:ident $ty:ident: $a:ident => $layout:expr, $seq:expr, $born_slot:expr;)*) => {
        /// What an account is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EntityKind { $($kind,)* }

        impl EntityKind {
            /// Every kind.
            pub const ALL: &[EntityKind] = &[$(EntityKind::$kind,)*];

            /// Its name, lower-case snake_case.
            pub fn name(self) -> &'static str {
                match self { $(EntityKind::$kind => $name,)* }
            }

            /// The kind of a [`name`](Self::name).
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(EntityKind::$kind),)* _ => None }
            }

            /// The program that owns it.
            pub fn program(self) -> Pubkey {
                match self { $(EntityKind::$kind => $program::ID,)* }
            }

            /// First bytes of its accounts.
            pub fn discriminator(self) -> &'static [u8] {
                match self { $(EntityKind::$kind => <$program::state::$ty as Discriminator>::DISCRIMINATOR,)* }
            }

            /// Length of its accounts in bytes, discriminator included.
            pub fn account_len(self) -> usize {
                match self { $(EntityKind::$kind => <$program::state::$ty as Account>::LEN,)* }
            }
        }

        $(impl Account for $program::state::$ty {
            const KIND: EntityKind = EntityKind::$kind;
            const LAYOUT: u8 = $program::constants::LAYOUT;
            fn layout(&self) -> u8 { let $a = self; $layout }
            fn seq(&self) -> u64 { let $a = self; $seq }
            fn born_slot(&self) -> u64 { let $a = self; let _ = $a; $born_slot }
        })*

        /// Where an account stands in its history: its birth slot and the number of its last event. The greater pair
        /// is the newer.
        pub fn position(kind: EntityKind, data: &[u8]) -> Result<(u64, u64), AccountError> {
            match kind {
                $(EntityKind::$kind => from_bytes::<$program::state::$ty>(data).map(|a| (a.born_slot(), a.seq())),)*
            }
        }

        /// The account's fields as JSON: keys base58, hashes hex, amounts as strings, times RFC 3339, empty ones null.
        pub fn json(kind: EntityKind, data: &[u8]) -> Result<Value, AccountError> {
            match kind {
                $(EntityKind::$kind => from_bytes::<$program::state::$ty>(data).map(|a| Value::Object(a.render())),)*
            }
        }
    };
}

accounts! {
    ListingConfig "listing_config" listing Config: a => a.layout, a.seq, 0;
    Profile "profile" listing Profile: a => a.layout, a.seq, 0;
    Listing "listing" listing Listing: a => a.layout, a.seq, a.born_slot;
    Edge "edge" listing Edge: a => a.layout, a.seq, a.born_slot;
    RoyaltyTable "royalty_table" listing RoyaltyTable: a => a.layout, a.seq, a.born_slot;
    PoolLedger "pool_ledger" listing PoolLedger: a => a.layout, a.seq, a.born_slot;
    LicenseGrant "license_grant" listing LicenseGrant: a => a.layout, a.seq, a.born_slot;
    Review "review" listing Review: a => a.layout, a.seq, 0;
    EscrowConfig "escrow_config" escrow Config: a => a.layout, a.seq, 0;
    MintConfig "mint_config" escrow MintConfig: a => a.layout, a.seq, 0;
    Order "order" escrow Order: a => a.head.layout, a.head.seq, a.head.born_slot;
    Session "session" escrow Session: a => a.layout, a.seq, a.born_slot;
    RewardConfig "reward_config" reward Config: a => a.layout, a.seq, 0;
    Emission "emission" reward Emission: a => a.layout, a.seq, 0;
    Stake "stake" reward Stake: a => a.layout, a.seq, 0;
    Rate "rate" reward Rate: a => a.layout, a.seq, 0;
    Epoch "epoch" reward Epoch: a => a.layout, a.seq, 0;
    Points "points" reward Points: a => a.layout, a.seq, a.born_slot;
    Position "position" reward Position: a => a.layout, a.seq, a.born_slot;
    Attestation "attestation" reward Attestation: a => a.layout, a.seq, a.born_slot;
    DaoConfig "dao_config" dao Config: a => a.layout, a.seq, 0;
    Docket "docket" dao Docket: a => a.head.layout, a.head.seq, 0;
    Dispute "dispute" dao Dispute: a => a.head.layout, a.head.seq, a.head.born_slot;
    Juror "juror" dao Juror: a => a.layout, u64::from(a.seq), a.born_slot;
    Governance "governance" dao Governance: a => a.layout, a.seq, 0;
    Proposal "proposal" dao Proposal: a => a.layout, a.seq, a.born_slot;
    Vote "vote" dao Vote: a => a.layout, a.seq, a.born_slot;
}

impl std::fmt::Display for EntityKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Which kind of account bytes are, by owner and discriminator.
pub fn identify(owner: &Pubkey, data: &[u8]) -> Result<EntityKind, AccountError> {
    EntityKind::ALL
        .iter()
        .copied()
        .find(|kind| kind.program() == *owner && data.starts_with(kind.discriminator()))
        .ok_or_else(|| AccountError::Unknown {
            owner: *owner,
            found: start(data),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{ESCROW, LISTING};
    use bytemuck::Zeroable;

    /// Deployed accounts have these first bytes and lengths: a change of either makes them unreadable.
    #[test]
    fn discriminators_and_lengths_are_pinned() {
        let pinned: Vec<_> = EntityKind::ALL
            .iter()
            .map(|kind| {
                (
                    kind.name(),
                    hex::encode(kind.discriminator()),
                    kind.account_len(),
                )
            })
            .collect();
        let expected = [
            ("listing_config", "9b0caae01efacc82", 216),
            ("profile", "b865a5bc5f3f7fbc", 376),
            ("listing", "da2032492b861a3a", 1104),
            ("edge", "0e02150bd7e78818", 208),
            ("royalty_table", "d57da093a9016027", 776),
            ("pool_ledger", "9d4bc8248a27e5c1", 512),
            ("license_grant", "13fd5844c9963ae3", 200),
            ("review", "7c3fcbd7e21ede0f", 240),
            ("escrow_config", "9b0caae01efacc82", 288),
            ("mint_config", "a8fc58b6dbcd2735", 224),
            ("order", "86addfb94d561c33", 960),
            ("session", "f3514873d6bc4890", 520),
            ("reward_config", "9b0caae01efacc82", 296),
            ("emission", "3865854ff8e9838c", 120),
            ("stake", "96c5b01d37847095", 120),
            ("rate", "ab305f0e7070174f", 136),
            ("epoch", "5d537859978a986c", 152),
            ("points", "84510c92ffe961f2", 120),
            ("position", "aabc8fe47a40f7d0", 168),
            ("attestation", "987db75624927949", 280),
            ("dao_config", "9b0caae01efacc82", 352),
            ("docket", "11f41051555d959d", 128),
            ("dispute", "2431f1432824f14a", 864),
            ("juror", "d1c9efd9ed54bd98", 88),
            ("governance", "128f580d49d92f31", 504),
            ("proposal", "1a5ebdbb74883521", 544),
            ("vote", "605b68399123ac9b", 80),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(n, d, l)| (*n, d.to_string(), *l))
            .collect();
        assert_eq!(pinned, expected);
    }

    #[test]
    fn p2_p3_another_owner_kind_length_or_layout_is_named() {
        let mut listing = listing::state::Listing::zeroed();
        listing.layout = listing::constants::LAYOUT;
        listing.seq = 7;
        listing.born_slot = 5;
        let data = to_bytes(&listing);
        assert_eq!(decode(&LISTING, &data), Ok(listing));
        assert_eq!(identify(&LISTING, &data), Ok(EntityKind::Listing));
        assert_eq!(position(EntityKind::Listing, &data), Ok((5, 7)));
        type Listing = listing::state::Listing;
        assert!(matches!(
            decode::<Listing>(&ESCROW, &data),
            Err(AccountError::Owner { .. })
        ));
        assert!(matches!(
            identify(&ESCROW, &data),
            Err(AccountError::Unknown { .. })
        ));
        let other = decode::<listing::state::Edge>(&LISTING, &data);
        assert!(matches!(other, Err(AccountError::Discriminator { .. })));
        let short = decode::<Listing>(&LISTING, &data[..data.len() - 1]);
        assert!(matches!(short, Err(AccountError::Length { .. })));
        assert!(matches!(
            decode::<Listing>(&LISTING, &[]),
            Err(AccountError::Discriminator { .. })
        ));
        listing.layout += 1;
        let error = decode::<Listing>(&LISTING, &to_bytes(&listing)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "listing: layout version 2 is unknown to this client, which reads version 1: update it"
        );
    }

    #[test]
    fn json_of_every_kind_has_its_sequence_number() {
        for kind in EntityKind::ALL {
            let mut data = vec![1; kind.account_len()];
            data[..DISCRIMINATOR_LEN].copy_from_slice(kind.discriminator());
            let json = json(*kind, &data).unwrap();
            let seq = match kind {
                EntityKind::Juror => 1,
                _ => 0x0101_0101_0101_0101_u64,
            };
            assert_eq!(json["seq"], seq, "{json}");
            assert_eq!(EntityKind::from_name(kind.name()), Some(*kind));
        }
    }
}
