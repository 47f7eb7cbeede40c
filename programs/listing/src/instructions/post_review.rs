use anchor_lang::{
    address_eq,
    bytemuck::Zeroable,
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{
    cold::Cold,
    emitter,
    pda::{Payer, bump_seed},
    receipt::ReceiptHead,
};

use crate::{
    constants::{LAYOUT, LISTING_SEED, RATINGS},
    error::ListingError,
    events::{ReviewEditedV1, ReviewPostedV1, ReviewedHead},
    state::{Listing, Review},
};

#[event_cpi]
#[derive(Accounts)]
pub struct PostReview {
    /// The order's owner.
    pub reviewer: Signer,
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    #[account(mut)]
    pub listing: Account<Listing>,
    /// CHECK: read as escrow lays an order out
    pub order: UncheckedAccount,
    /// CHECK: made at its address
    #[account(mut)]
    pub review: UncheckedAccount,
    pub system_program: Program<System>,
}

impl PostReview {
    /// Of the purchase that is reviewed the listing's version, and the slot in which the order was made.
    fn validate(&self, rating: u8) -> Result<(u32, u64)> {
        let reviewer = self.reviewer.address();
        check(&self.listing, reviewer, rating)?;
        let receipt = ReceiptHead::read(self.order.account())
            .filter(|receipt| {
                receipt.is_paid() && address_eq(&receipt.listing, self.listing.address())
            })
            .ok_or(ListingError::ReceiptMissing)?;
        require!(
            address_eq(&receipt.owner, reviewer),
            ListingError::NotReviewer
        );
        Ok((receipt.version, receipt.born_slot))
    }
}

/// What holds of every review, new or edited.
fn check(listing: &Listing, reviewer: &Address, rating: u8) -> Result<()> {
    require!(RATINGS.contains(&rating), ListingError::RatingOutOfBounds);
    require!(
        !address_eq(&listing.authority, reviewer),
        ListingError::OwnListing
    );
    Ok(())
}

/// **Specification:**
/// - The owner of an order signs (`NotReviewer`), of one that a session bought the session's owner. The order is this
///   listing's, settled, and something was paid for it, whether or not anybody had claimed the listing then
///   (`ReceiptMissing`). Its account is read, so it has to be open.
/// - Whatever the listing's status and the config's pause: it ends what was begun before.
/// - Not by the listing's authority (`OwnListing`). Nothing keeps it from buying with another key; what a false review
///   costs is then a purchase's fee and royalties, and the rent of an account that never closes.
/// - 1 to 5 (`RatingOutOfBounds`), and the SHA-256 of a text, all zero for none.
/// - One for each purchase: an order's address and the slot in which it was made are in the [seed](Review::seed) of the
///   review's, so that an order made anew where one was closed is reviewed as what it is, another purchase.
pub fn post_review(ctx: &mut Context<PostReview>, rating: u8, hash: [u8; 32]) -> Result<()> {
    let (version, born_slot) = ctx.accounts.validate(rating)?;
    let clock = Clock::get()?;
    let PostReview {
        reviewer,
        payer,
        listing,
        order,
        review,
        ..
    } = &mut ctx.accounts;
    let payer = Payer::new(payer.account())?;
    let seed = Review::seed(order.address(), born_slot);
    let signer: [&[u8]; 4] = [
        LISTING_SEED,
        listing.publisher.as_ref(),
        &listing.key,
        bump_seed(listing.bump),
    ];
    let base = listing.account();
    let mut made = *review.account();
    let review = payer.init_with_seed::<Review, _>(&mut made, base, &seed, &signer)?;
    review.layout = LAYOUT;
    review.rating = rating;
    review.version = version;
    review.seq = 1;
    review.created_at = clock.unix_timestamp;
    review.order_born_slot = born_slot;
    review.listing = *listing.address();
    review.order = *order.address();
    review.reviewer = *reviewer.address();
    review.rent_payer = *payer.address();
    review.hash = hash;
    listing.count_rating(None, rating)?;
    listing.touch(clock.slot)?;
    let head = ReviewedHead {
        address: *ctx.accounts.review.address(),
        ..ReviewedHead::zeroed()
    };
    emitter!(ctx).states::<ReviewPostedV1, _, _>(&head, &*ctx.accounts.listing, review);
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct EditReview {
    pub reviewer: Signer,
    #[account(mut)]
    pub listing: Cold<Account<Listing>>,
    #[account(mut)]
    pub review: Account<Review>,
}

impl EditReview {
    fn validate(&self, rating: u8) -> Result<()> {
        let (review, reviewer) = (&self.review, self.reviewer.address());
        check(&self.listing, reviewer, rating)?;
        require!(
            address_eq(&review.reviewer, reviewer),
            ListingError::NotReviewer
        );
        require!(
            address_eq(&review.listing, self.listing.address()),
            ListingError::WrongAccount
        );
        require!(review.edits == 0, ListingError::AlreadyEdited);
        Ok(())
    }
}

/// **Specification:**
/// - The reviewer signs (`NotReviewer`), once (`AlreadyEdited`); it may have closed the order by now, but not have
///   become the listing's authority (`OwnListing`). The review is this listing's (`WrongAccount`).
/// - Rating (`RatingOutOfBounds`) and hash are replaced; the listing counts the new rating in the old one's place.
pub fn edit_review(ctx: &mut Context<EditReview>, rating: u8, hash: [u8; 32]) -> Result<()> {
    ctx.accounts.validate(rating)?;
    let clock = Clock::get()?;
    let EditReview {
        listing, review, ..
    } = &mut ctx.accounts;
    let (old_rating, old_hash) = (review.rating, review.hash);
    review.rating = rating;
    review.hash = hash;
    review.edits = 1;
    review.edited_at = clock.unix_timestamp;
    review.seq = review
        .seq
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    listing.count_rating(Some(old_rating), rating)?;
    listing.touch(clock.slot)?;
    let head = ReviewedHead {
        address: *review.address(),
        old_rating: u64::from(old_rating),
        old_hash,
    };
    let EditReview {
        listing, review, ..
    } = &ctx.accounts;
    emitter!(ctx).states::<ReviewEditedV1, _, _>(&head, &***listing, review);
    Ok(())
}
