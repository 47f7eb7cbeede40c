//! Mints and token accounts, clean and otherwise. They are written as bytes; the real token programs run on them.

use common::token::TOKEN_ACCOUNT_LEN;
use pedigree_sdk::{
    pda,
    programs::{TOKEN, TOKEN_2022},
};
use solana_account::Account;
use solana_program::pubkey::Pubkey;

use crate::Chain;

const MINT_LEN: usize = 82;
const KIND_MINT: u8 = 1;
const KIND_ACCOUNT: u8 = 2;
const MEMO_TRANSFER: u16 = 8;
/// Every mint here but the native ones has these decimals.
const DECIMALS: u8 = 6;

/// Ways to leave the records of a mint with extensions 18 and 19 (8 bytes, the last) torn.
pub const TEARS: [fn(&mut Vec<u8>); 6] = [
    // The last record ends before its value does, by one byte and by all.
    |data| data.truncate(data.len() - 1),
    |data| data.truncate(data.len() - 8),
    // It ends in its own head.
    |data| data.truncate(data.len() - 9),
    // A type without a length, and half a type.
    |data| data.extend([19, 0]),
    |data| data.push(19),
    // A length that reaches past the end.
    |data| {
        let at = data.len() - 10;
        data[at] += 1;
    },
];

/// Which token program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProgram {
    Classic,
    Token2022,
}

impl TokenProgram {
    pub const BOTH: [Self; 2] = [Self::Classic, Self::Token2022];

    pub fn id(self) -> Pubkey {
        match self {
            Self::Classic => TOKEN,
            Self::Token2022 => TOKEN_2022,
        }
    }
}

/// A mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mint {
    pub address: Pubkey,
    pub program: Pubkey,
    pub decimals: u8,
}

impl Mint {
    /// Where a wallet's associated token account is, or would be.
    pub fn associated(&self, owner: &Pubkey) -> Pubkey {
        pda::associated_token(owner, &self.address, &self.program).0
    }
}

impl Chain {
    /// A clean mint.
    pub fn mint(&mut self, program: TokenProgram) -> Mint {
        self.put_mint(program.id(), &[])
    }

    /// A Token-2022 mint with extensions: (type, value).
    pub fn extended_mint(&mut self, extensions: &[(u16, Vec<u8>)]) -> Mint {
        self.put_mint(TOKEN_2022, extensions)
    }

    fn put_mint(&mut self, program: Pubkey, extensions: &[(u16, Vec<u8>)]) -> Mint {
        let mint = Mint {
            address: Pubkey::new_from_array(self.draw()),
            program,
            decimals: DECIMALS,
        };
        self.put_mint_at(&mint, u64::MAX, extensions);
        mint
    }

    fn put_mint_at(&mut self, mint: &Mint, supply: u64, extensions: &[(u16, Vec<u8>)]) {
        let mut data = vec![0; MINT_LEN];
        data[36..44].copy_from_slice(&supply.to_le_bytes());
        data[44] = mint.decimals;
        data[45] = 1;
        extend(&mut data, KIND_MINT, extensions);
        self.put_owned(mint.address, mint.program, data);
    }

    /// The native mint of a token program, as networks have it: its token accounts hold lamports.
    pub fn native_mint(&mut self, program: TokenProgram) -> Mint {
        let address = match program {
            TokenProgram::Classic => "So11111111111111111111111111111111111111112",
            TokenProgram::Token2022 => "9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXej9",
        };
        let mint = Mint {
            address: Pubkey::from_str_const(address),
            program: program.id(),
            decimals: 9,
        };
        self.put_mint_at(&mint, 0, &[]);
        mint
    }

    /// A wallet's associated token account, anew.
    pub fn token_account(&mut self, mint: &Mint, owner: &Pubkey, amount: u64) -> Pubkey {
        let address = mint.associated(owner);
        self.put_token_account(address, mint, owner, amount);
        address
    }

    /// A new token account of a wallet besides its associated one.
    pub fn spare_token_account(&mut self, mint: &Mint, owner: &Pubkey, amount: u64) -> Pubkey {
        let address = Pubkey::new_from_array(self.draw());
        self.put_token_account(address, mint, owner, amount);
        address
    }

    /// A token account at this very address.
    pub fn put_token_account(&mut self, address: Pubkey, mint: &Mint, owner: &Pubkey, amount: u64) {
        self.put_owned(address, mint.program, token_account(mint, owner, amount));
    }

    /// A wallet's associated token account, which takes no transfer without a memo (Token-2022).
    pub fn memo_token_account(&mut self, mint: &Mint, owner: &Pubkey) -> Pubkey {
        let address = mint.associated(owner);
        let mut data = token_account(mint, owner, 0);
        extend(&mut data, KIND_ACCOUNT, &[(MEMO_TRANSFER, vec![1])]);
        self.put_owned(address, mint.program, data);
        address
    }

    /// Base units that a token account holds; 0 where there is none.
    pub fn balance(&self, token_account: &Pubkey) -> u64 {
        self.svm
            .get_account(token_account)
            .filter(|account| account.owner == TOKEN || account.owner == TOKEN_2022)
            .and_then(|account| {
                Some(u64::from_le_bytes(
                    *account.data.get(64..72)?.first_chunk()?,
                ))
            })
            .unwrap_or(0)
    }

    /// Adds base units to a token account, as a settlement or a stranger might.
    pub fn deposit(&mut self, token_account: &Pubkey, amount: u64) {
        let sum = self
            .balance(token_account)
            .checked_add(amount)
            .expect("amounts fit");
        self.edit(token_account, |data| {
            data[64..72].copy_from_slice(&sum.to_le_bytes())
        });
    }

    pub fn set_frozen(&mut self, token_account: &Pubkey, frozen: bool) {
        self.edit(token_account, |data| data[108] = if frozen { 2 } else { 1 });
    }

    /// Lets `delegate` move what is in the account.
    pub fn set_delegate(&mut self, token_account: &Pubkey, delegate: &Pubkey) {
        self.edit(token_account, |data| {
            data[72] = 1;
            data[76..108].copy_from_slice(delegate.as_ref());
        });
    }

    /// Lets `authority` close the account.
    pub fn set_close_authority(&mut self, token_account: &Pubkey, authority: &Pubkey) {
        self.edit(token_account, |data| {
            data[129] = 1;
            data[133..165].copy_from_slice(authority.as_ref());
        });
    }

    /// An account of any program, with its rent.
    pub fn put_owned(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let lamports = self.svm.minimum_balance_for_rent_exemption(data.len());
        self.put(
            address,
            Account {
                lamports,
                data,
                owner,
                ..Account::default()
            },
        );
    }
}

fn token_account(mint: &Mint, owner: &Pubkey, amount: u64) -> Vec<u8> {
    let mut data = vec![0; TOKEN_ACCOUNT_LEN];
    data[..32].copy_from_slice(mint.address.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    data
}

/// Appends extensions as Token-2022 lays them out.
fn extend(data: &mut Vec<u8>, kind: u8, extensions: &[(u16, Vec<u8>)]) {
    if extensions.is_empty() {
        return;
    }
    data.resize(TOKEN_ACCOUNT_LEN, 0);
    data.push(kind);
    for (extension, value) in extensions {
        data.extend(extension.to_le_bytes());
        data.extend((value.len() as u16).to_le_bytes());
        data.extend(value);
    }
}
