use common::text;
use listing::{
    constants::{NAME_LEN, URI_LEN},
    error::ListingError,
    state::Profile,
};
use pedigree_sdk::{events::Event, instructions::listing as ix, pda};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::world::World;

#[test]
fn a_changed_name_is_no_longer_verified() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let address = pda::profile(&publisher).0;
    let made = w.ok(
        &[ix::set_profile(
            publisher,
            publisher,
            "Aurora Labs",
            "https://aurora.example",
        )],
        &[&key],
    );
    assert!(matches!(made.event(), Event::ProfileCreated(_)));
    verify(&mut w, &publisher);
    w.ok(
        &[ix::set_profile(
            publisher,
            publisher,
            "Aurora Labs",
            "https://aurora.example/new",
        )],
        &[&key],
    );
    assert_eq!(w.state::<Profile>(&address).verified, 1);
    let outcome = w.ok(&[ix::set_profile(publisher, publisher, "Au", "")], &[&key]);
    let Event::ProfileUpdated(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(text::read(&event.head.old.name), "Aurora Labs");
    let profile: Profile = w.state(&address);
    assert_eq!(
        (profile.verified, profile.seq, profile.publisher),
        (0, 4, publisher)
    );
    assert_eq!(
        (text::read(&profile.name), text::read(&profile.uri)),
        ("Au".into(), String::new())
    );
}

#[test]
fn only_the_config_authority_verifies() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    w.ok(
        &[ix::set_profile(publisher, publisher, "Aurora Labs", "")],
        &[&key],
    );
    w.refused(
        &[ix::verify_profile(publisher, &publisher, true, [0; 32])],
        &[&key],
        ListingError::NotConfigAuthority,
    );
}

/// The authority vouches for the name as it is. Gives what it signed.
fn verify(w: &mut World, publisher: &Pubkey) -> Instruction {
    let profile: Profile = w.state(&pda::profile(publisher).0);
    let (authority, key) = w.authority();
    let verify = ix::verify_profile(authority, publisher, true, profile.name_hash());
    w.ok(std::slice::from_ref(&verify), &[&key]);
    verify
}

#[test]
fn nobody_vouches_for_a_name_that_it_did_not_see() {
    let mut w = World::new();
    let ((publisher, key), (authority, authority_key)) = (w.publisher(), w.authority());
    let named = |name| ix::set_profile(publisher, publisher, name, "");
    w.ok(&[named("Aurora Labs")], &[&key]);
    let verify = verify(&mut w, &publisher);
    w.ok(&[named("Another's")], &[&key]);
    w.refused(&[verify], &[&authority_key], ListingError::NameChanged);
    let withdraw = ix::verify_profile(authority, &publisher, false, [0; 32]);
    w.ok(&[withdraw], &[&authority_key]);
}

#[test]
fn p4_a_profile_is_made_where_lamports_wait_and_another_may_pay_for_it() {
    let mut w = World::new();
    let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
    w.fund(&pda::profile(&publisher).0, 1);
    w.ok(
        &[ix::set_profile(publisher, payer, "Aurora Labs", "")],
        &[&key, &payer_key],
    );
    assert_eq!(
        w.state::<Profile>(&pda::profile(&publisher).0).rent_payer,
        payer
    );
}

#[test]
fn p36_texts_fit_their_fields_to_the_byte() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (name, uri) = ("ü".repeat(NAME_LEN / 2), "u".repeat(URI_LEN));
    w.ok(
        &[ix::set_profile(publisher, publisher, &name, &uri)],
        &[&key],
    );
    let profile: Profile = w.state(&pda::profile(&publisher).0);
    assert_eq!(
        (text::read(&profile.name), text::read(&profile.uri)),
        (name.clone(), uri.clone())
    );
    for (name, uri, error) in [
        (format!("{name}x"), uri.clone(), ListingError::TextTooLong),
        (name.clone(), format!("{uri}x"), ListingError::TextTooLong),
        (
            "a\u{7f}b".into(),
            uri.clone(),
            ListingError::TextHasControlCharacter,
        ),
        (name, "a\0".into(), ListingError::TextHasControlCharacter),
        (String::new(), uri, ListingError::NameMissing),
    ] {
        w.refused(
            &[ix::set_profile(publisher, publisher, &name, &uri)],
            &[&key],
            error,
        );
    }
}
