//! How an event leaves a program: as the data of an instruction that the program sends to itself.
//!
//! The bytes are those of Anchor's `emit_cpi!` (tag, discriminator, body), so every decoder of CPI events reads
//! them. The call differs: accounts on the stack and the body copied once make it about 1,100 compute units where the
//! macro's heap vectors take four times that.

use core::{hint::black_box, mem::MaybeUninit, ptr, slice};

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

/// Longest body of an event, in bytes: half of a stack frame holds it.
const MAX_EVENT: usize = 2_048;

impl Emitter<'_> {
    /// Emits an event of `head` and the state after the change.
    pub fn state<E: StateEvent>(&self, head: &E::Head, state: &E::State) {
        const {
            assert!(size_of::<E>() == size_of::<E::Head>() + size_of::<E::State>());
            assert!(size_of::<E>() <= MAX_EVENT);
        }
        let discriminator = discriminator::<E>();
        self.send(
            discriminator,
            bytemuck::bytes_of(head),
            bytemuck::bytes_of(state),
        );
    }

    /// Emits an event whose head ends with the state of another account, `other`, which is sent from where it lies; `head`
    /// is what comes before it.
    pub fn states<E, H, O>(&self, head: &H, other: &O, state: &E::State)
    where
        E: StateEvent,
        H: Pod,
        O: Pod,
    {
        const {
            assert!(size_of::<E>() == size_of::<H>() + size_of::<O>() + size_of::<E::State>());
            assert!(size_of::<E>() <= MAX_EVENT);
        }
        let [head, other] = [bytemuck::bytes_of(head), bytemuck::bytes_of(other)];
        self.send_both(discriminator::<E>(), head, other, bytemuck::bytes_of(state));
    }

    /// The same where it ends with the states of two others.
    pub fn three_states<E, H, A, B>(&self, head: &H, first: &A, second: &B, state: &E::State)
    where
        E: StateEvent,
        H: Pod,
        A: Pod,
        B: Pod,
    {
        const {
            let head = size_of::<H>() + size_of::<A>() + size_of::<B>();
            assert!(size_of::<E>() == head + size_of::<E::State>());
            assert!(size_of::<E>() <= MAX_EVENT);
        }
        let parts = [
            bytemuck::bytes_of(head),
            bytemuck::bytes_of(first),
            bytemuck::bytes_of(second),
            bytemuck::bytes_of(state),
        ];
        self.send_all(discriminator::<E>(), parts);
    }

    // Not inlined: one copy for all of a program's instructions, and of lengths that the compiler does not know, as it
    // would copy hundreds of bytes word by word.

    #[inline(never)]
    fn send(&self, discriminator: u64, head: &[u8], state: &[u8]) {
        self.call(discriminator, [head, state]);
    }

    #[inline(never)]
    fn send_both(&self, discriminator: u64, head: &[u8], other: &[u8], state: &[u8]) {
        // One kind of event alone is sent so: its lengths would be known.
        self.call(discriminator, black_box([head, other, state]));
    }

    // Of as many parts as there are: programs that send no such event have no copy.
    #[inline(never)]
    fn send_all<const N: usize>(&self, discriminator: u64, parts: [&[u8]; N]) {
        self.call(discriminator, black_box(parts));
    }

    #[inline(always)]
    fn call<const N: usize>(&self, discriminator: u64, parts: [&[u8]; N]) {
        let mut data = MaybeUninit::<Instruction>::uninit();
        let data = data.as_mut_ptr();
        let mut length = 0usize;
        // SAFETY: all parts together are no longer than the body, as their senders have shown; what is read is written.
        let data = unsafe {
            (&raw mut (*data).tag).write(u64::from_le_bytes(*TAG));
            (&raw mut (*data).discriminator).write(discriminator);
            let body: *mut u8 = (&raw mut (*data).body).cast();
            for part in parts {
                ptr::copy_nonoverlapping(part.as_ptr(), body.add(length), part.len());
                length = length.wrapping_add(part.len());
            }
            slice::from_raw_parts(data.cast::<u8>(), length.wrapping_add(16))
        };
        let authority = self.authority.account();
        cpi::invoke(
            self.program,
            data,
            &[InstructionAccount::readonly_signer(authority.address())],
            &[authority],
            &[EVENT_AUTHORITY_SEED, &[self.bump]],
        );
    }
}

/// What an event is sent as.
#[repr(C)]
struct Instruction {
    tag: u64,
    discriminator: u64,
    body: [u8; MAX_EVENT],
}

const TAG: &[u8; 8] = match EVENT_IX_TAG_LE.first_chunk() {
    Some(tag) => tag,
    None => panic!("a tag has eight bytes"),
};

/// An event's first bytes as a number.
#[inline(always)]
fn discriminator<E: StateEvent>() -> u64 {
    const {
        match E::DISCRIMINATOR.first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => panic!("a discriminator has eight bytes"),
        }
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
