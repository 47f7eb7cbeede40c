use anchor_lang::prelude::*;
use wincode::{SchemaRead, SchemaWrite};

use crate::{constants::MAX_GUARDIANS, error::DaoError, state::Governance};

/// Who may veto and pause: arguments of [`SET_GUARDIANS`](crate::state::action::SET_GUARDIANS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct Guardians {
    /// Different keys, all zero from the first that there is not.
    pub keys: [Address; MAX_GUARDIANS],
    /// How many of them sign together; 0 where there are none.
    pub threshold: u8,
}

impl Guardians {
    /// Errors with `GuardiansOutOfBounds`.
    // Not inlined: two instructions have it.
    #[inline(never)]
    pub fn check(&self) -> Result<()> {
        let nobody = Address::default();
        let mut count = 0u8;
        let mut rest = self.keys.as_slice();
        while let [key, others @ ..] = rest {
            // Once there is none there is none behind it, and nobody is there twice.
            let is_named = *key != nobody;
            let right = others.iter().all(|other| match is_named {
                true => other != key,
                false => *other == nobody,
            });
            require!(right, DaoError::GuardiansOutOfBounds);
            count = count.saturating_add(u8::from(is_named));
            rest = others;
        }
        require!(
            (count.min(1)..=count).contains(&self.threshold),
            DaoError::GuardiansOutOfBounds
        );
        Ok(())
    }

    /// Writes them, and fails as [`Self::check`] does.
    pub fn apply(&self, governance: &mut Governance) -> Result<()> {
        self.check()?;
        governance.guardians = self.keys;
        governance.guardian_threshold = self.threshold;
        Ok(())
    }
}
