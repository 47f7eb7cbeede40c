//! Places for some, and for some more who wait.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::client::{Client, Guest, Guests};
use crate::api::problem::{Problem, Result};

/// How long a request waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// Places for some, and for some more who wait. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Room {
    served: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    clients: Guests<Arc<Semaphore>>,
    /// How many of the places one client has at most.
    share: usize,
    /// Those of each client who wait.
    waiters: Guests<()>,
    is_shared: bool,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    #[expect(dead_code, reason = "they are held")]
    places: [Option<OwnedSemaphorePermit>; 2],
    #[expect(dead_code, reason = "it is held")]
    guest: Option<Guest<Arc<Semaphore>>>,
}

impl Room {
    /// Whoever comes first is served.
    pub fn new((served, waiting): (usize, usize)) -> Self {
        Self {
            served: Arc::new(Semaphore::new(served)),
            waiting: Arc::new(Semaphore::new(waiting)),
            clients: Guests::default(),
            share: served,
            waiters: Guests::default(),
            is_shared: false,
        }
    }

    /// No client has more than three in four of the places, and as many of one may wait as a fourth of the room that is left:
    /// whatever some ask for, others are served meanwhile, and it takes many to leave a newcomer no room.
    pub fn shared((served, waiting): (usize, usize)) -> Self {
        Self {
            share: served.saturating_sub(served.div_ceil(4)),
            is_shared: true,
            ..Self::new((served, waiting))
        }
    }

    /// How many of one client may wait now: the fewer, the more others do.
    fn patience(&self) -> usize {
        match self.is_shared {
            true => self.waiting.available_permits().div_ceil(4),
            false => usize::MAX,
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// 429 where too many wait already, or too many of this client, or it takes too long: a flood costs those who make it,
    /// not the index.
    pub async fn turn(&self) -> Result<Turn> {
        let client = Client::asking();
        let waits = self.waiters.enter(client, self.patience(), || ());
        let _waits = waits.ok_or_else(Problem::too_many)?;
        let waiting = self.waiting.try_acquire();
        let _waiting = waiting.map_err(|_| Problem::too_many())?;
        let entered = self
            .clients
            .enter(client, usize::MAX, || Arc::new(Semaphore::new(self.share)));
        let (guest, own) = entered.ok_or_else(Problem::too_many)?;
        let places = async {
            // Its own first: it waits for those of all only where it may have one.
            let own = own.acquire_owned().await.ok();
            [own, self.served.clone().acquire_owned().await.ok()]
        };
        let places = timeout(PATIENCE, places).await;
        Ok(Turn {
            places: places.map_err(|_| Problem::too_many())?,
            guest: Some(guest),
        })
    }

    /// A place that is free now.
    ///
    /// # Errors
    /// 429 where none is.
    pub fn seat(&self) -> Result<Turn> {
        let share = self.share;
        let entered = self
            .clients
            .enter(Client::asking(), share, || Arc::new(Semaphore::new(share)));
        let (guest, _) = entered.ok_or_else(Problem::too_many)?;
        let place = self.served.clone().try_acquire_owned();
        Ok(Turn {
            places: [Some(place.map_err(|_| Problem::too_many())?), None],
            guest: Some(guest),
        })
    }

    /// Waits for a place for as long as it takes.
    pub async fn patient_turn(&self) -> Turn {
        let place = self.served.clone().acquire_owned().await;
        Turn {
            places: [place.ok(), None],
            guest: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn client(number: u16) -> Client {
        let [high, low] = number.to_be_bytes();
        Client::at([10, 0, high, low].into())
    }

    #[tokio::test]
    async fn i19_whoever_finds_no_room_is_told_to_come_back() {
        let room = Room::new((1, 1));
        let turn = room.turn().await.unwrap();
        let (first, second) = tokio::join!(room.turn(), room.turn());
        assert!(first.is_err(), "it waited in vain");
        let response = second.unwrap_err().into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        drop(turn);
        assert!(room.turn().await.is_ok());
    }

    #[tokio::test]
    async fn i19_a_client_that_asks_for_all_places_leaves_some_to_others() {
        let room = Room::shared((4, 8));
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let room = room.clone();
            flood.spawn(async move {
                let turn = client(1).asks(room.turn()).await;
                // Whoever has a place keeps it for good.
                if turn.is_ok() {
                    std::future::pending::<()>().await;
                }
            });
        }
        // Three are served, two wait, and all others were refused.
        for _ in 0..100 - 3 - 2 {
            flood.join_next().await.unwrap().unwrap();
        }
        let other = client(2).asks(room.turn()).await;
        assert!(other.is_ok(), "the flood has all places");
        // Those who wait do so in vain.
        for _ in 0..2 {
            flood.join_next().await.unwrap().unwrap();
        }
        assert_eq!(flood.len(), 3);
    }

    #[tokio::test]
    async fn i19_the_more_clients_flood_the_fewer_of_each_may_wait_and_a_newcomer_finds_room() {
        let room = Room::shared((4, 128));
        let places = room.served.clone().acquire_many_owned(4).await.unwrap();
        let mut flood = tokio::task::JoinSet::new();
        let mut left = vec![128];
        for number in 0..12 {
            for _ in 0..200 {
                let room = room.clone();
                let turn = async move { client(number).asks(room.turn()).await };
                flood.spawn(async { drop(turn.await) });
            }
            // Each of them has been there.
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            left.push(room.waiting.available_permits());
        }
        let waiting: Vec<usize> = left.windows(2).map(|pair| pair[0] - pair[1]).collect();
        assert_eq!(waiting[0], 26, "one alone");
        assert!(waiting.is_sorted_by(|one, next| one >= next), "{waiting:?}");
        let newcomer = tokio::spawn({
            let room = room.clone();
            async move { client(1_000).asks(room.turn()).await }
        });
        tokio::task::yield_now().await;
        drop((places, flood));
        assert!(newcomer.await.unwrap().is_ok(), "{left:?}");
    }
}
