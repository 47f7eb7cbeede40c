//! Proxies that are believed whom they ask for.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use axum::http::HeaderMap;

/// Who asks, and every proxy on the way but the last: each adds whom it was asked by.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Bits of an address: an IPv4 address is one of IPv6, `::ffff:a.b.c.d`.
const BITS: u32 = 128;
const BEFORE_IPV4: u32 = 96;

/// An address, or all that begin with the same bits: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    prefix: u128,
    length: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an IP address nor a network like 10.0.0.0/8")]
pub struct NoNetwork(String);

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let read = || {
            let (address, length) = match text.split_once('/') {
                Some((address, length)) => (address, Some(length)),
                None => (text, None),
            };
            let address: IpAddr = address.parse().ok()?;
            let before = if address.is_ipv4() { BEFORE_IPV4 } else { 0 };
            let length = match length {
                Some(length) => length.parse::<u32>().ok()?.checked_add(before)?,
                None => BITS,
            };
            let prefix = first(bits(address), length);
            (length <= BITS).then_some(Self { prefix, length })
        };
        read().ok_or_else(|| NoNetwork(text.to_owned()))
    }
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        first(bits(address), self.length) == self.prefix
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
        IpAddr::V6(six) => six.to_bits(),
    }
}

/// The first `length` bits, the others zero.
fn first(bits: u128, length: u32) -> u128 {
    let rest = BITS.saturating_sub(length);
    bits & u128::MAX.checked_shl(rest).unwrap_or(0)
}

/// The proxies in front of this server. Cheap to clone; none unless given.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[Network]>);

impl FromIterator<Network> for Proxies {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl Proxies {
    pub fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Who asks, where `peer` sent a request with these headers: the last on its way that is none of the proxies. What stands
    /// before that one in the header is its own word.
    pub fn asking(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut last = peer;
        let lines = headers.get_all(FORWARDED_FOR).into_iter();
        // Several headers are one, in their order.
        let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("")).collect();
        let mut before = lines.iter().rev().flat_map(|line| line.rsplit(','));
        while self.trust(last) {
            // A proxy that does not say asks for itself.
            let Some(next) = before.next().and_then(address) else {
                break;
            };
            last = next;
        }
        last
    }
}

/// An address, as proxies write it: some add the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let with_port = || Some(text.parse::<std::net::SocketAddr>().ok()?.ip());
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(networks: &[&str]) -> Proxies {
        networks.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_network_is_what_begins_with_the_same_bits() {
        for (network, inside, outside) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.9.9.9/8", "10.255.0.1", "11.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
            ("0.0.0.0/0", "1.2.3.4", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
        ] {
            let trusted = proxies(&[network]);
            assert!(trusted.trust(inside.parse().unwrap()), "{network}");
            assert!(!trusted.trust(outside.parse().unwrap()), "{network}");
        }
        assert!(proxies(&["::/0"]).trust("1.2.3.4".parse().unwrap()));
        for text in [
            "",
            "10.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "host",
            "10.0.0.0/-1",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn i19_whoever_asks_through_proxies_is_the_last_that_is_none_of_them() {
        let trusted = proxies(&["10.0.0.0/8", "2001:db8::/32"]);
        let asking = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            trusted.asking(peer.parse().unwrap(), &headers).to_string()
        };
        for (peer, lines, expected) in [
            // Nobody else is believed.
            ("1.1.1.1", &["2.2.2.2"][..], "1.1.1.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["2.2.2.2"], "2.2.2.2"),
            // What a client says itself stands before its own address.
            ("10.0.0.1", &["3.3.3.3, 2.2.2.2"], "2.2.2.2"),
            ("10.0.0.1", &["10.0.0.9, 2.2.2.2"], "2.2.2.2"),
            ("10.0.0.1", &["3.3.3.3,2.2.2.2 , 10.0.0.2"], "2.2.2.2"),
            ("10.0.0.1", &["3.3.3.3", "2.2.2.2", "10.0.0.2"], "2.2.2.2"),
            ("::ffff:10.0.0.1", &["2.2.2.2"], "2.2.2.2"),
            ("2001:db8::1", &["[2a00::1]:443"], "2a00::1"),
            ("10.0.0.1", &["2.2.2.2:4711"], "2.2.2.2"),
            ("10.0.0.1", &["[2a00::1]"], "2a00::1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Of what cannot be read whoever passed it on is to blame.
            ("10.0.0.1", &["2.2.2.2, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["2.2.2.2, , 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
        ] {
            assert_eq!(asking(peer, lines), expected, "{peer}: {lines:?}");
        }
    }
}
