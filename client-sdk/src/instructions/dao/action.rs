//! What proposals do, typed: as proposed, and as their accounts say it.

use anchor_lang::{
    BORSH_CONFIG, BorshConfig,
    wincode::{
        SchemaRead, SchemaWrite,
        config::{deserialize_exact, serialize},
    },
};
use dao::{
    actions::{Guardians, Transfer, Upgrade, program_id},
    instructions::{ConfigArgs, GovernanceArgs},
    state::{Proposal, action},
};
use escrow::instructions::ConfigArgs as EscrowArgs;
use reward::instructions::ConfigArgs as RewardArgs;
use serde_json::{Map, Value};
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

use super::update_config;
use crate::{
    instructions::{escrow as on_escrow, listing as on_listing, reward as on_reward},
    pda,
    programs::UPGRADEABLE_LOADER,
    render::Render,
};

const RENT: Pubkey = Pubkey::from_str_const("SysvarRent111111111111111111111111111111111");
const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// An action. Settings are replaced whole, and name nobody that could take their authority over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The court's settings.
    UpdateDao(ConfigArgs),
    /// How proposals are voted on.
    UpdateGovernance(GovernanceArgs),
    UpdateListing {
        paused: bool,
    },
    UpdateEscrow(EscrowArgs),
    UpdateReward(RewardArgs),
    AllowMint {
        mint: Pubkey,
        token_program: Pubkey,
        max_deposit: u64,
    },
    UpdateMint {
        mint: Pubkey,
        enabled: bool,
        max_deposit: u64,
    },
    SetRate {
        mint: Pubkey,
        rate: u64,
        price: u64,
    },
    Verify {
        publisher: Pubkey,
        verified: bool,
        /// Of the name that is vouched for: `Profile::name_hash`.
        name_hash: [u8; 32],
    },
    SetGuardians(Guardians),
    /// Out of the treasury's associated token account.
    Transfer {
        mint: Pubkey,
        token_program: Pubkey,
        transfer: Transfer,
    },
    Upgrade {
        buffer: Pubkey,
        upgrade: Upgrade,
    },
    /// Stops a listing's new orders, or restores it.
    Suspend {
        listing: Pubkey,
        suspends: bool,
    },
    /// What an edge owes that a ruling adds.
    SetDefaultRoyalty {
        royalty_ppm: u32,
    },
}

impl Action {
    /// Its number, one of [`action`].
    pub fn kind(&self) -> u8 {
        match self {
            Self::UpdateDao(_) => action::UPDATE_DAO,
            Self::UpdateGovernance(_) => action::UPDATE_GOVERNANCE,
            Self::UpdateListing { .. } => action::UPDATE_LISTING,
            Self::UpdateEscrow(_) => action::UPDATE_ESCROW,
            Self::UpdateReward(_) => action::UPDATE_REWARD,
            Self::AllowMint { .. } => action::ALLOW_MINT,
            Self::UpdateMint { .. } => action::UPDATE_MINT,
            Self::SetRate { .. } => action::SET_RATE,
            Self::Verify { .. } => action::VERIFY,
            Self::SetGuardians(_) => action::SET_GUARDIANS,
            Self::Transfer { .. } => action::TRANSFER,
            Self::Upgrade { .. } => action::UPGRADE,
            Self::Suspend { .. } => action::SUSPEND,
            Self::SetDefaultRoyalty { .. } => action::SET_DEFAULT_ROYALTY,
        }
    }

    /// What it changes.
    pub fn target(&self) -> Pubkey {
        let authority = pda::dao_authority().0;
        match self {
            Self::UpdateDao(_) => pda::dao_config().0,
            Self::UpdateGovernance(_) | Self::SetGuardians(_) => authority,
            Self::UpdateListing { .. } | Self::SetDefaultRoyalty { .. } => pda::listing_config().0,
            Self::UpdateEscrow(_) => pda::escrow_config().0,
            Self::UpdateReward(_) => pda::reward_config().0,
            Self::AllowMint { mint, .. } | Self::SetRate { mint, .. } => *mint,
            Self::UpdateMint { mint, .. } => pda::mint_config(mint).0,
            Self::Verify { publisher, .. } => pda::profile(publisher).0,
            Self::Transfer {
                mint,
                token_program,
                ..
            } => pda::associated_token(&authority, mint, token_program).0,
            Self::Upgrade { buffer, .. } => *buffer,
            Self::Suspend { listing, .. } => *listing,
        }
    }

    /// Its arguments, as a proposal stores them.
    pub fn arguments(&self) -> Vec<u8> {
        match self {
            Self::UpdateGovernance(args) => encode(args),
            Self::SetGuardians(args) => encode(args),
            Self::Transfer { transfer, .. } => encode(transfer),
            Self::Upgrade { upgrade, .. } => encode(upgrade),
            _ => self
                .call()
                .map(|call| call.data[8..].to_vec())
                .unwrap_or_default(),
        }
    }

    /// The action of a proposal; `about` is the mint, or the publisher, that it is about, where there is one, and
    /// `token_program` the mint's. `None` where these are not its own, or its arguments are none that this crate knows.
    pub fn read(proposal: &Proposal, about: &Pubkey, token_program: &Pubkey) -> Option<Self> {
        let read = Self::decode(proposal, about, token_program)?;
        (read.target() == proposal.target).then_some(read)
    }

    /// The same, whatever `about` and `token_program` are: what it is given by them says nothing then.
    fn decode(proposal: &Proposal, about: &Pubkey, token_program: &Pubkey) -> Option<Self> {
        let (bytes, mint, token_program) = (proposal.arguments(), *about, *token_program);
        Some(match proposal.action {
            action::UPDATE_DAO => Self::UpdateDao(decode(bytes)?),
            action::UPDATE_GOVERNANCE => Self::UpdateGovernance(decode(bytes)?),
            action::UPDATE_LISTING => {
                let (paused, _): (bool, Pubkey) = decode(bytes)?;
                Self::UpdateListing { paused }
            }
            action::UPDATE_ESCROW => Self::UpdateEscrow(decode(bytes)?),
            action::UPDATE_REWARD => Self::UpdateReward(decode(bytes)?),
            action::ALLOW_MINT => Self::AllowMint {
                mint,
                token_program,
                max_deposit: decode(bytes)?,
            },
            action::UPDATE_MINT => {
                let (enabled, max_deposit) = decode(bytes)?;
                Self::UpdateMint {
                    mint,
                    enabled,
                    max_deposit,
                }
            }
            action::SET_RATE => {
                let (rate, price) = decode(bytes)?;
                Self::SetRate { mint, rate, price }
            }
            action::VERIFY => {
                let (verified, name_hash) = decode(bytes)?;
                Self::Verify {
                    publisher: *about,
                    verified,
                    name_hash,
                }
            }
            action::SET_DEFAULT_ROYALTY => Self::SetDefaultRoyalty {
                royalty_ppm: decode(bytes)?,
            },
            action::SET_GUARDIANS => Self::SetGuardians(decode(bytes)?),
            action::TRANSFER => Self::Transfer {
                mint,
                token_program,
                transfer: decode(bytes)?,
            },
            action::UPGRADE => Self::Upgrade {
                buffer: proposal.target,
                upgrade: decode(bytes)?,
            },
            action::SUSPEND => Self::Suspend {
                listing: proposal.target,
                suspends: decode(bytes)?,
            },
            _ => return None,
        })
    }

    /// The arguments of a proposal by name, as the API gives them: amounts and rates as strings, keys base58, hashes hex; of
    /// settings without a pending authority, as none can be named. `None` where they are none that this crate knows.
    pub fn named_arguments(proposal: &Proposal) -> Option<Map<String, Value>> {
        let nobody = Pubkey::default();
        Some(match Self::decode(proposal, &nobody, &nobody)? {
            Self::UpdateDao(args) => args.render(),
            Self::UpdateGovernance(args) => args.render(),
            Self::UpdateEscrow(args) => args.render(),
            Self::UpdateReward(args) => args.render(),
            Self::SetGuardians(args) => args.render(),
            Self::Transfer { transfer, .. } => transfer.render(),
            Self::Upgrade { upgrade, .. } => upgrade.render(),
            Self::UpdateListing { paused } => fields([("paused", paused.into())]),
            Self::AllowMint { max_deposit, .. } => {
                fields([("max_deposit", max_deposit.to_string().into())])
            }
            Self::UpdateMint {
                enabled,
                max_deposit,
                ..
            } => fields([
                ("enabled", enabled.into()),
                ("max_deposit", max_deposit.to_string().into()),
            ]),
            Self::SetRate { rate, price, .. } => fields([
                ("rate", rate.to_string().into()),
                ("price", price.to_string().into()),
            ]),
            Self::Verify {
                verified,
                name_hash,
                ..
            } => fields([
                ("verified", verified.into()),
                ("name_hash", hex::encode(name_hash).into()),
            ]),
            Self::SetDefaultRoyalty { royalty_ppm } => {
                fields([("royalty_ppm", royalty_ppm.into())])
            }
            Self::Suspend { suspends, .. } => fields([("suspends", suspends.into())]),
        })
    }

    /// The instruction that carries it out at another program, or at the dao itself; who pays is all zero.
    fn call(&self) -> Option<Instruction> {
        let (authority, payer) = (pda::dao_authority().0, Pubkey::default());
        Some(match self {
            Self::UpdateDao(args) => update_config(&authority, *args),
            Self::UpdateListing { paused } => {
                on_listing::update_config(authority, *paused, Pubkey::default())
            }
            Self::UpdateEscrow(args) => on_escrow::update_config(&authority, *args),
            Self::UpdateReward(args) => on_reward::update_config(&authority, *args),
            Self::AllowMint {
                mint,
                token_program,
                max_deposit,
            } => on_escrow::allow_mint(&authority, &payer, mint, token_program, *max_deposit),
            Self::UpdateMint {
                mint,
                enabled,
                max_deposit,
            } => on_escrow::update_mint(&authority, mint, *enabled, *max_deposit),
            Self::SetRate { mint, rate, price } => {
                on_reward::set_rate(&authority, &payer, mint, *rate, *price)
            }
            Self::Verify {
                publisher,
                verified,
                name_hash,
            } => on_listing::verify_profile(authority, publisher, *verified, *name_hash),
            Self::SetDefaultRoyalty { royalty_ppm } => {
                on_listing::set_default_royalty(authority, *royalty_ppm)
            }
            Self::Suspend { listing, suspends } => {
                on_listing::set_suspended(authority, *listing, *suspends)
            }
            _ => return None,
        })
    }

    /// The accounts that follow where it is carried out; `rent_payer` is who paid the proposal's rent.
    pub(super) fn accounts(&self, rent_payer: &Pubkey) -> Vec<AccountMeta> {
        match self {
            Self::Transfer {
                mint,
                token_program,
                transfer,
            } => {
                let destination = pda::associated_token(&transfer.to, mint, token_program).0;
                vec![
                    AccountMeta::new(self.target(), false),
                    AccountMeta::new_readonly(*mint, false),
                    AccountMeta::new(destination, false),
                    AccountMeta::new_readonly(*token_program, false),
                ]
            }
            Self::Upgrade { buffer, upgrade } => {
                let program = program_id(upgrade.program).copied().unwrap_or_default();
                vec![
                    AccountMeta::new(pda::program_data(&program).0, false),
                    AccountMeta::new(program, false),
                    AccountMeta::new(*buffer, false),
                    AccountMeta::new(*rent_payer, false),
                    AccountMeta::new_readonly(RENT, false),
                    AccountMeta::new_readonly(CLOCK, false),
                    AccountMeta::new_readonly(UPGRADEABLE_LOADER, false),
                ]
            }
            _ => {
                // Authority and payer sign, and stand among the accounts of `execute` itself.
                let call = self.call();
                let accounts = call.map(|call| call.accounts).unwrap_or_default();
                accounts
                    .into_iter()
                    .filter(|meta| !meta.is_signer)
                    .collect()
            }
        }
    }
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn encode<T: SchemaWrite<BorshConfig, Src = T>>(arguments: &T) -> Vec<u8> {
    serialize(arguments, BORSH_CONFIG).unwrap_or_default()
}

fn decode<T>(arguments: &[u8]) -> Option<T>
where
    T: for<'de> SchemaRead<'de, BorshConfig, Dst = T>,
{
    deserialize_exact(arguments, BORSH_CONFIG).ok()
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;
    use crate::programs::TOKEN;

    #[test]
    fn every_action_is_read_from_its_proposal_as_it_was_made() {
        let [about, to] = [1, 2].map(|byte| Pubkey::new_from_array([byte; 32]));
        let court = ConfigArgs {
            evidence: 1,
            commit: 2,
            reveal: 3,
            appeal: 4,
            quorum_ppm: 5,
            quorum_floor: 6,
            case_bond: 7,
            appeal_bond: 8,
            treasury: to,
            pending_authority: Pubkey::default(),
        };
        let governance = GovernanceArgs {
            voting_period: 1,
            quorum_ppm: 2,
            quorum_floor: 3,
            threshold_ppm: 4,
            deposit: 5,
        };
        let escrow = EscrowArgs::of(&escrow::state::Config::zeroed());
        let reward = RewardArgs::of(&reward::state::Config::zeroed());
        let guardians = Guardians {
            keys: [to; 5],
            threshold: 3,
        };
        let actions = [
            Action::UpdateDao(court),
            Action::UpdateGovernance(governance),
            Action::UpdateListing { paused: true },
            Action::UpdateEscrow(escrow),
            Action::UpdateReward(reward),
            Action::AllowMint {
                mint: about,
                token_program: TOKEN,
                max_deposit: 1,
            },
            Action::UpdateMint {
                mint: about,
                enabled: true,
                max_deposit: 2,
            },
            Action::SetRate {
                mint: about,
                rate: 1,
                price: 2,
            },
            Action::Verify {
                publisher: about,
                verified: true,
                name_hash: [4; 32],
            },
            Action::SetGuardians(guardians),
            Action::Transfer {
                mint: about,
                token_program: TOKEN,
                transfer: Transfer { to, amount: 9 },
            },
            Action::Upgrade {
                buffer: about,
                upgrade: Upgrade {
                    program: 1,
                    hash: [3; 32],
                },
            },
            Action::Suspend {
                listing: about,
                suspends: true,
            },
            Action::SetDefaultRoyalty { royalty_ppm: 5 },
        ];
        for (number, action) in (1..).zip(actions) {
            assert_eq!(action.kind(), number);
            let arguments = action.arguments();
            let mut proposal = Proposal::zeroed();
            proposal.action = action.kind();
            proposal.target = action.target();
            proposal.payload_len = arguments.len() as u16;
            proposal.payload[..arguments.len()].copy_from_slice(&arguments);
            assert_eq!(Action::read(&proposal, &about, &TOKEN), Some(action));
            let named = Action::named_arguments(&proposal).expect("names");
            assert!(!named.is_empty() && !named.contains_key("pending_authority"));
            proposal.payload_len += 1;
            assert_eq!(Action::read(&proposal, &about, &TOKEN), None);
            assert_eq!(Action::named_arguments(&proposal), None);
            proposal.payload_len -= 1;
            proposal.target = to;
            let by_target = matches!(action, Action::Upgrade { .. } | Action::Suspend { .. });
            assert_eq!(Action::read(&proposal, &about, &TOKEN).is_some(), by_target);
        }
    }
}
