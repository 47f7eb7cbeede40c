//! Who asks.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::Request;

/// Bits of an IPv6 address that one client has to itself.
const SUBSCRIBER: u32 = 64;

/// A client, as far as its address tells: of IPv6 the part that networks give to one subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

tokio::task_local! {
    /// Whom the present task answers.
    static ASKING: Client;
}

impl Client {
    pub fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(ip) => {
                let bits = ip.to_bits() & !(u128::MAX >> SUBSCRIBER);
                IpAddr::V6(Ipv6Addr::from_bits(bits))
            }
            four => four,
        })
    }

    /// Who sent a request; nobody knows where it did not come by [`serve`](super::serve).
    pub fn of(request: &Request) -> Self {
        let known = request.extensions().get::<Self>();
        known.copied().unwrap_or(Self(Ipv6Addr::UNSPECIFIED.into()))
    }

    /// Answers a request of this client.
    pub async fn asks<F: Future>(self, answer: F) -> F::Output {
        ASKING.scope(self, answer).await
    }

    /// Whom the present task answers; everybody else is one client.
    pub fn asking() -> Self {
        ASKING
            .try_with(|client| *client)
            .unwrap_or(Self(Ipv6Addr::UNSPECIFIED.into()))
    }
}

/// What each of some clients has, as long as any of its guests is there.
#[derive(Debug)]
pub struct Guests<T>(Arc<Mutex<HashMap<Client, (usize, T)>>>);

impl<T> Clone for Guests<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Guests<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Guests<T> {
    /// One more guest of a client that has fewer than `most`, with what the client has, made with its first.
    pub fn enter(
        &self,
        client: Client,
        most: usize,
        first: impl FnOnce() -> T,
    ) -> Option<(Guest<T>, T)> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&client).map_or(0, |(present, _)| *present) >= most {
            return None;
        }
        let (present, what) = all.entry(client).or_insert_with(|| (0, first()));
        *present = present.saturating_add(1);
        let what = what.clone();
        let of = self.clone();
        Some((Guest { client, of }, what))
    }
}

/// A guest, until it is dropped.
#[derive(Debug)]
pub struct Guest<T> {
    client: Client,
    of: Guests<T>,
}

impl<T> Drop for Guest<T> {
    fn drop(&mut self) {
        let mut all = self.of.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((present, _)) = all.get_mut(&self.client) {
            *present = present.saturating_sub(1);
            if *present == 0 {
                all.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::at(address.parse().unwrap())
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_client() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:2"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:10.0.0.1"), client("10.0.0.1"));
        assert_ne!(client("10.0.0.1"), client("10.0.0.2"));
    }

    #[test]
    fn whoever_has_no_guest_left_is_forgotten() {
        let guests = Guests::<()>::default();
        let one = client("10.0.0.1");
        let first = guests.enter(one, 2, || ()).unwrap();
        let second = guests.enter(one, 2, || ()).unwrap();
        assert!(guests.enter(one, 2, || ()).is_none());
        assert!(guests.enter(client("10.0.0.2"), 2, || ()).is_some());
        drop(first);
        assert!(guests.enter(one, 2, || ()).is_some());
        drop(second);
        assert!(guests.enter(one, 0, || ()).is_none());
        assert!(guests.0.lock().unwrap().is_empty());
    }
}
