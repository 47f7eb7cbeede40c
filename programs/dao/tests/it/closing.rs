//! Where bonds and rents go in the end.

use dao::error::DaoError;
use pedigree_sdk::{instructions::dao as ix, pda};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p49_p32_a_juror_is_paid_to_its_associated_account_and_after_a_month_to_any_of_its_own() {
    let mut w = World::new(1);
    let voters = w.voters(&[4_000]);
    let (order, dispute) = w.order_case();
    w.round(&dispute, &[(&voters[0], Some(2))]);
    w.finish(&order, &dispute);
    let ended_at = w.chain.now();
    let (token, owner, stranger) = (w.token, voters[0].owner.pubkey(), w.stranger.pubkey());
    let spare = w.chain.spare_token_account(&token, &owner, 0);
    let others = w.chain.token_account(&token, &stranger, 0);
    let settle = |to| ix::settle_juror(&owner, &voters[0].position, &dispute, 0, Some(to));
    w.refused(settle(&spare), DaoError::WrongTokenAccount);
    // Its associated account is another's by now.
    w.chain.edit(&token.associated(&owner), |data| {
        data[32..64].copy_from_slice(stranger.as_ref());
    });
    let usual = w.settle_ix(&voters[0], &dispute, 0);
    w.refused(usual, DaoError::WrongTokenAccount);
    w.chain.set_time(ended_at + 30 * DAY);
    w.refused(settle(&spare), DaoError::WrongTokenAccount);
    w.chain.set_time(ended_at + 30 * DAY + 1);
    w.refused(settle(&others), DaoError::WrongTokenAccount);
    w.crank(settle(&spare));
    assert_eq!(w.chain.balance(&spare), bond(4_000));
}

#[test]
fn p8_a_record_its_owner_and_its_vault_belong_together() {
    let mut w = World::new(1);
    let voters = w.voters(&[4_000, 4_000]);
    let (order, dispute) = w.order_case();
    let (_, other) = w.order_case();
    let votes: Vec<_> = voters.iter().map(|voter| (voter, Some(2))).collect();
    w.round(&dispute, &votes);
    w.finish(&order, &dispute);
    let settle = w.settle_ix(&voters[0], &dispute, 0);
    let vault = pda::dispute_vault(&other).0;
    for (at, address) in [(2, voters[1].position), (4, vault)] {
        let mut wrong = settle.clone();
        wrong.accounts[at].pubkey = address;
        w.refused(wrong, DaoError::WrongAccount);
    }
    let mut wrong = settle.clone();
    wrong.accounts[6].pubkey = voters[1].owner.pubkey();
    w.refused(wrong, DaoError::WrongRentPayer);
    let (opener, listing, complaint) = w.version_case();
    w.round(&complaint, &[]);
    w.crank(ix::finish(&listing, &complaint));
    let pay = ix::pay_bond(&opener.pubkey(), &complaint, 0, None);
    let mut wrong = pay.clone();
    wrong.accounts[2].pubkey = vault;
    w.refused(wrong, DaoError::WrongAccount);
    let others = w.account(&voters[0].owner.pubkey());
    let wrong = ix::pay_bond(&opener.pubkey(), &complaint, 0, Some(&others));
    w.refused(wrong, DaoError::WrongTokenAccount);
    let beyond = ix::pay_bond(&opener.pubkey(), &complaint, 3, None);
    w.refused(beyond, DaoError::NothingDue);
    w.crank(pay);
    w.crank(settle);
}

#[test]
fn a_dispute_is_closed_when_all_is_paid_and_its_ruling_is_old_and_donations_go_to_the_treasury() {
    let mut w = World::new(1);
    let voters = w.voters(&[4_000]);
    let (opener, listing, dispute) = w.version_case();
    let (payer, closer) = (w.stranger.pubkey(), w.chain.actor());
    let close = ix::close_dispute(&closer.pubkey(), &dispute, &w.treasurer.pubkey(), &payer);
    let one = std::slice::from_ref(&close);
    w.chain.refused(one, &[&closer], DaoError::DisputeOpen);
    w.round(&dispute, &[(&voters[0], Some(4))]);
    w.finish(&listing, &dispute);
    let ended_at = w.chain.now();
    w.pass(180 * DAY);
    w.chain.refused(one, &[&closer], DaoError::StillDue);
    w.settle(&voters[0], &dispute, 0);
    w.chain.refused(one, &[&closer], DaoError::StillDue);
    w.crank(ix::pay_bond(&opener.pubkey(), &dispute, 0, None));
    w.chain.refused(one, &[&closer], DaoError::StillNeeded);
    w.chain.set_time(ended_at + 180 * DAY + 1);
    w.chain.deposit(&pda::dispute_vault(&dispute).0, 7);
    let wrong = ix::close_dispute(&closer.pubkey(), &dispute, &closer.pubkey(), &payer);
    w.chain
        .refused(&[wrong], &[&closer], DaoError::WrongTokenAccount);
    let wrong = ix::close_dispute(
        &closer.pubkey(),
        &dispute,
        &w.treasurer.pubkey(),
        &closer.pubkey(),
    );
    w.chain
        .refused(&[wrong], &[&closer], DaoError::WrongRentPayer);
    let (_, other) = w.order_case();
    let mut wrong = close.clone();
    wrong.accounts[4].pubkey = pda::dispute_vault(&other).0;
    w.chain
        .refused(&[wrong], &[&closer], DaoError::WrongAccount);
    let rent = w.chain.lamports(&dispute);
    let before = w.chain.lamports(&closer.pubkey());
    w.chain.ok(&[close], &[&closer]);
    assert_eq!(w.held(&w.treasurer.pubkey()), 7);
    assert_eq!(w.chain.lamports(&closer.pubkey()) - before, rent / 10);
    assert!(!w.chain.exists(&dispute) && w.chain.exists(&pda::docket(&listing).0));
}

#[test]
fn p38_what_a_fall_of_rent_sets_free_goes_to_who_paid_it_and_no_more() {
    let mut w = World::new(1);
    w.chain.set_rent(6_960);
    let voters = w.voters(&[4_000]);
    let (order, dispute) = w.order_case();
    w.to(&dispute, EVIDENCE);
    w.commit(&voters[0], &dispute, 0);
    w.chain.set_rent(696);
    let (stranger, owner) = (w.stranger.pubkey(), voters[0].owner.pubkey());
    let paid = [
        (pda::docket(&order).0, stranger),
        (dispute, stranger),
        (pda::juror(&dispute, 0, &voters[0].position).0, owner),
    ];
    for (account, payer) in paid {
        let other = if payer == stranger { owner } else { stranger };
        w.refused(
            ix::reclaim_excess(&account, &other),
            DaoError::WrongRentPayer,
        );
        w.crank(ix::reclaim_excess(&account, &payer));
        w.refused(
            ix::reclaim_excess(&account, &payer),
            DaoError::NothingToReclaim,
        );
    }
    let vault = pda::dispute_vault(&dispute).0;
    w.refused(
        ix::reclaim_excess(&vault, &stranger),
        DaoError::WrongAccount,
    );
}
