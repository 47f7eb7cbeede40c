//! How an event leaves a program: as the data of an instruction that the program sends to itself.
//!
//! The bytes are those of Anchor's `emit_cpi!` (tag, discriminator, body), so every decoder of CPI events reads
//! them. The call differs: accounts on the stack and the body copied once make it about 1,100 compute units where the
//! macro's heap vectors take four times that.

use alloc::vec::Vec;

use anchor_lang::{
    Address, AnchorAccount, Discriminator,
    accounts::UncheckedAccount,
    bytemuck::{self, Pod},
    cpi::InstructionAccount,
    event::EVENT_IX_TAG_LE,
};

use crate::cpi;

/// Seed of the PDA that signs a program's events. Anchor's dispatcher refuses the event instruction without it.
pub const EVENT_AUTHORITY_SEED: &[u8] = b"__event_authority";

/// An event that carries an entity's whole state: in memory it is `Head` followed by `State`, without padding.
pub trait StateEvent: Discriminator + Pod {
    /// What the event says besides the state: the entity's address and the values that the change replaced.
    type Head: Pod;
    /// The entity as its account stores it after the change, discriminator aside.
    type State: Pod;
}

/// Where an event is sent from: the program's own id, its event authority and that PDA's bump.
#[derive(Clone, Copy)]
pub struct Emitter<'a> {
    pub program: &'a Address,
    pub authority: &'a UncheckedAccount,
    pub bump: u8,
}

impl Emitter<'_> {
    /// Emits an event of `head` and the state after the change.
    pub fn state<E: StateEvent>(&self, head: &E::Head, state: &E::State) {
        const {
            assert!(size_of::<E>() == size_of::<E::Head>() + size_of::<E::State>());
        }
        let mut prefix = [0; 16];
        prefix[..8].copy_from_slice(EVENT_IX_TAG_LE);
        prefix[8..].copy_from_slice(E::DISCRIMINATOR);
        self.send(&prefix, bytemuck::bytes_of(head), bytemuck::bytes_of(state));
    }

    /// Emits an event whose head ends with the state of another account, `other`, which is sent from where it lies; `head`
    /// is what comes before it.
    pub fn states<E: StateEvent>(&self, head: &impl Pod, other: &impl Pod, state: &E::State) {
        let (head, other) = (bytemuck::bytes_of(head), bytemuck::bytes_of(other));
        debug_assert_eq!(head.len().saturating_add(other.len()), size_of::<E::Head>());
        let mut prefix = [0; 16];
        prefix[..8].copy_from_slice(EVENT_IX_TAG_LE);
        prefix[8..].copy_from_slice(E::DISCRIMINATOR);
        self.send_all([&prefix, head, other, bytemuck::bytes_of(state)]);
    }

    /// Not inlined: one copy for all of a program's instructions.
    #[inline(never)]
    fn send(&self, prefix: &[u8; 16], head: &[u8], state: &[u8]) {
        self.call([prefix, head, state]);
    }

    #[inline(never)]
    fn send_all(&self, parts: [&[u8]; 4]) {
        self.call(parts);
    }

    #[inline(always)]
    fn call<const N: usize>(&self, parts: [&[u8]; N]) {
        let length = parts
            .iter()
            .fold(0usize, |sum, part| sum.saturating_add(part.len()));
        let mut data = Vec::with_capacity(length);
        for part in parts {
            data.extend_from_slice(part);
        }
        let authority = self.authority.account();
        cpi::invoke(
            self.program,
            &data,
            &[InstructionAccount::readonly_signer(authority.address())],
            &[authority],
            &[EVENT_AUTHORITY_SEED, &[self.bump]],
        );
    }
}

/// The emitter of an instruction whose accounts carry `#[event_cpi]`.
#[macro_export]
macro_rules! emitter {
    ($ctx:expr) => {
        $crate::events::Emitter {
            program: $ctx.program_id,
            authority: &$ctx.accounts.event_authority,
            bump: $ctx.bumps.event_authority,
        }
    };
}

/// Declares events of a head and a state, laid out one after the other: `Event { Head, State }`.
#[macro_export]
macro_rules! state_events {
    ($($(#[$doc:meta])* $event:ident { $head:ident, $state:ident })*) => {$(
        $(#[$doc])*
        #[event(bytemuck)]
        #[derive(Debug, PartialEq, Eq)]
        pub struct $event {
            pub head: $head,
            pub state: $state,
        }

        impl $crate::events::StateEvent for $event {
            type Head = $head;
            type State = $state;
        }
    )*};
}

/// Declares heads of events: `Head { field: Type, }`.
#[macro_export]
macro_rules! heads {
    ($($(#[$doc:meta])* $head:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
        pub struct $head { $($(#[$field_doc])* pub $field: $ty,)* }
    )*};
}
