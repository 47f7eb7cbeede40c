//! A voucher as JSON: the order in base58, its slot of birth and the sequence as numbers, the amount as text, the
//! signature in base58.

use std::fs;

use pedigree_sdk::voucher::Voucher;
use serde::Deserialize;
use serde_json::{Value, json};
use solana_keypair::Signature;
use solana_program::pubkey::Pubkey;

#[derive(Deserialize)]
struct Written {
    order: String,
    born_slot: u64,
    sequence: u64,
    cumulative: String,
    signature: String,
}

pub fn show(voucher: &Voucher) -> Value {
    json!({
        "order": voucher.order.to_string(),
        "born_slot": voucher.born_slot,
        "sequence": voucher.sequence,
        "cumulative": voucher.cumulative.to_string(),
        "signature": Signature::from(voucher.signature).to_string(),
    })
}

/// A voucher from its JSON, or from a file of it.
pub fn parse(text: &str) -> Result<Voucher, String> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        fs::read_to_string(text).map_err(|error| format!("{text}: {error}"))?
    };
    let written: Written = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let Written {
        order,
        born_slot,
        sequence,
        cumulative,
        signature,
    } = written;
    let signature = signature
        .parse::<Signature>()
        .map_err(|_| format!("signature: {signature} is no signature in base58"))?;
    Ok(Voucher {
        order: order
            .parse::<Pubkey>()
            .map_err(|_| format!("order: {order} is no address"))?,
        born_slot,
        sequence,
        cumulative: cumulative
            .parse::<u64>()
            .map_err(|_| format!("cumulative: {cumulative} is no amount of base units"))?,
        signature: signature.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again_from_the_command_line_or_a_file() {
        let voucher = Voucher {
            order: Pubkey::new_from_array([7; 32]),
            born_slot: 11,
            sequence: 3,
            cumulative: u64::MAX,
            signature: [9; 64],
        };
        let text = show(&voucher).to_string();
        assert_eq!(parse(&text), Ok(voucher));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("voucher.json");
        fs::write(&file, text).unwrap();
        assert_eq!(parse(file.to_str().unwrap()), Ok(voucher));
        assert!(parse("no.json").unwrap_err().contains("no.json"));
    }

    #[test]
    fn a_wrong_field_is_named() {
        let voucher = Voucher {
            order: Pubkey::default(),
            born_slot: 1,
            sequence: 1,
            cumulative: 1,
            signature: [1; 64],
        };
        for (field, wrong) in [
            ("order", json!("here")),
            ("born_slot", json!("one")),
            ("sequence", json!("one")),
            ("cumulative", json!("1.5")),
            ("signature", json!("me")),
        ] {
            let mut text = show(&voucher);
            text[field] = wrong;
            let error = parse(&text.to_string()).unwrap_err();
            let named = error.contains(field) || error.contains("\"one\"");
            assert!(named, "{field}: {error}");
        }
    }
}
