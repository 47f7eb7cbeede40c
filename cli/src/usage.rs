//! What is wrong with a command line, in words that say what was expected.

use std::{error::Error as _, net::AddrParseError, num::ParseIntError, str::FromStr};

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use solana_program::pubkey::Pubkey;

type NoAddress = <Pubkey as FromStr>::Err;

/// The error, where it speaks in the words of the parser of a value, in others: those name neither field nor form.
pub fn explained(error: Error) -> Error {
    if error.kind() != ErrorKind::ValueValidation {
        return error;
    }
    let Some(expected) = error.source().and_then(form) else {
        return error;
    };
    let told = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "?",
    };
    let (value, argument) = (
        told(ContextKind::InvalidValue),
        told(ContextKind::InvalidArg),
    );
    let message = format!(
        "invalid value '{value}' for '{argument}': expected {expected}\n\nFor more information, try '--help'.\n"
    );
    Error::raw(ErrorKind::ValueValidation, message)
}

/// What a value that its parser refused looks like.
fn form(refused: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if refused.is::<NoAddress>() {
        return Some("an address, which is 32 bytes in base58: 43 or 44 letters and digits");
    }
    if refused.is::<AddrParseError>() {
        return Some("ADDR:PORT, such as 127.0.0.1:8080");
    }
    refused
        .is::<ParseIntError>()
        .then_some("a whole number that is not too large, without sign or separators")
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Options {
        #[arg(long, value_name = "ADDRESS")]
        listing: Option<Pubkey>,
        #[arg(long, value_name = "ADDR:PORT")]
        http: Option<SocketAddr>,
        #[arg(long, value_name = "BASE_UNITS")]
        amount: Option<u64>,
        #[arg(long)]
        index: Option<u8>,
    }

    #[test]
    fn a_refused_value_is_named_with_its_field_and_the_form_that_it_should_have() {
        for (args, named) in [
            (
                ["--listing", "abc"],
                ["'abc' for '--listing <ADDRESS>'", "32 bytes in base58"],
            ),
            (
                ["--http", "nowhere"],
                [
                    "'nowhere' for '--http <ADDR:PORT>'",
                    "such as 127.0.0.1:8080",
                ],
            ),
            (
                ["--amount", "1.5"],
                ["'1.5' for '--amount <BASE_UNITS>'", "a whole number"],
            ),
            (
                ["--amount", ""],
                ["'' for '--amount <BASE_UNITS>'", "a whole number"],
            ),
            (
                ["--index", "x"],
                ["'x' for '--index <INDEX>'", "a whole number"],
            ),
            (["--index", "300"], ["--index", "300"]),
        ] {
            let parsed = Options::try_parse_from(["pedigree"].iter().chain(&args));
            let told = explained(parsed.unwrap_err());
            assert_eq!(told.exit_code(), 2);
            let told = told.to_string();
            for words in named {
                assert!(told.contains(words), "{args:?}, {words}: {told}");
            }
            assert!(
                !told.contains("invalid digit") && !told.contains("wrong size"),
                "{told}"
            );
        }
        assert!(Options::try_parse_from(["pedigree", "--index", "3"]).is_ok());
    }
}
