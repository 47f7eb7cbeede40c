//! Gets a manifest's bytes from where the operator allows.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use pedigree_sdk::manifest::{self, CONTENT_ADDRESSED, MAX_BYTES, ManifestError};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT_ENCODING, CONTENT_ENCODING},
    redirect,
};

use super::{content::ContentStore, limits};
use crate::store::manifests::Status;

/// For one manifest, whatever the number of stores that are asked.
pub(super) const MANIFEST_TIMEOUT: Duration = Duration::from_secs(15);

/// How long fetching may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// One answer, from the first packet to the last byte.
    pub answer: Duration,
    /// One manifest, whatever the number of stores that are asked; at most what it is by default.
    pub manifest: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(10),
            manifest: MANIFEST_TIMEOUT,
        }
    }
}

/// Where manifests may be fetched from.
#[derive(Clone, Debug)]
pub enum ManifestStore {
    /// A folder laid out as [`ContentStore`] does it.
    Folder(ContentStore),
    /// A prefix of URLs. Content by its hash is at `PREFIX` + hash in hex.
    Http(Url),
}

impl ManifestStore {
    /// A store as an operator writes it: `http://…/` or `https://…/` or a folder.
    ///
    /// # Errors
    /// Where it is meant to be a URL and is none that can be a prefix.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Folder(ContentStore::new(text)));
        }
        let url = Url::parse(text).map_err(|error| format!("manifest store {text}: {error}"))?;
        // Without the slash `http://host/a` would allow `http://host/abc`.
        if !url.path().ends_with('/') || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("manifest store {text}: a URL must end with `/`"));
        }
        Ok(Self::Http(url))
    }

    /// Whether the operator named an address, and so this very machine or network, rather than a name that
    /// somebody else's name server may point anywhere.
    fn names_an_address(url: &Url) -> bool {
        match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(_) => true,
            None => false,
        }
    }
}

/// Why there are no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: Status,
    pub reason: String,
}

fn failure(status: Status, reason: impl Into<String>) -> Failure {
    Failure {
        status,
        reason: reason.into(),
    }
}

#[derive(Clone, Debug)]
pub struct Fetcher {
    stores: Arc<[ManifestStore]>,
    timeouts: Timeouts,
    /// Reaches public addresses only.
    public: reqwest::Client,
    /// Reaches what the operator named by address.
    named: reqwest::Client,
}

impl Fetcher {
    /// # Errors
    /// Where the HTTP client cannot be set up.
    pub fn new(stores: Vec<ManifestStore>) -> Result<Self, reqwest::Error> {
        Self::with_timeouts(stores, Timeouts::default())
    }

    /// # Errors
    /// As [`Fetcher::new`].
    pub fn with_timeouts(
        stores: Vec<ManifestStore>,
        timeouts: Timeouts,
    ) -> Result<Self, reqwest::Error> {
        Self::resolving(SystemResolver, stores, timeouts)
    }

    fn resolving(
        resolver: impl Resolve + 'static,
        stores: Vec<ManifestStore>,
        timeouts: Timeouts,
    ) -> Result<Self, reqwest::Error> {
        let client = || {
            reqwest::Client::builder()
                .timeout(timeouts.answer)
                .redirect(redirect::Policy::none())
                .no_proxy()
                // Nothing is unpacked, so nothing can swell.
                .no_gzip()
                .no_brotli()
                .no_deflate()
                .no_zstd()
        };
        let public = PublicResolver(Arc::new(resolver));
        let public = client().dns_resolver(Arc::new(public)).build()?;
        Ok(Self {
            stores: stores.into(),
            timeouts,
            public,
            named: client().build()?,
        })
    }

    /// The bytes of the manifest with this hash.
    ///
    /// # Errors
    /// What went wrong, and whether it may be different another time.
    pub async fn fetch(&self, hash: &[u8], uri: &str) -> Result<Vec<u8>, Failure> {
        let within = self.timeouts.manifest.min(MANIFEST_TIMEOUT);
        match tokio::time::timeout(within, self.look(hash, uri)).await {
            Ok(found) => found,
            Err(_) => Err(failure(
                Status::Unreachable,
                format!("no store answered within {within:?}"),
            )),
        }
    }

    async fn look(&self, hash: &[u8], uri: &str) -> Result<Vec<u8>, Failure> {
        let hash: [u8; 32] = hash
            .try_into()
            .map_err(|_| failure(Status::Refused, "the hash is malformed"))?;
        // The hash may follow after another colon.
        if let Some(rest) = uri.strip_prefix(CONTENT_ADDRESSED) {
            let named = rest.strip_prefix(':').unwrap_or(rest);
            if !named.is_empty() && named != hex::encode(hash) {
                return Err(failure(
                    Status::Refused,
                    "the URI names another hash than the version",
                ));
            }
            return self.by_hash(&hash).await;
        }
        let url = Url::parse(uri)
            .map_err(|_| failure(Status::Refused, "the URI is no URL that is fetched"))?;
        let bytes = self.by_url(&url).await?;
        verify(&hash, bytes)
    }

    async fn by_hash(&self, hash: &[u8; 32]) -> Result<Vec<u8>, Failure> {
        let mut last = failure(Status::Unreachable, "no store has it");
        for store in self.stores.iter() {
            let found = match store {
                ManifestStore::Folder(folder) => folder
                    .get(hash, MAX_BYTES)
                    .map_err(|error| failure(Status::Unreachable, error.to_string()))
                    .and_then(|found| {
                        found.ok_or_else(|| {
                            failure(Status::Unreachable, "the store does not have it")
                        })
                    }),
                ManifestStore::Http(prefix) => match prefix.join(&hex::encode(hash)) {
                    Ok(url) => self.by_url(&url).await,
                    Err(error) => Err(failure(Status::Refused, error.to_string())),
                },
            };
            match found.and_then(|bytes| verify(hash, bytes)) {
                Ok(bytes) => return Ok(bytes),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn by_url(&self, url: &Url) -> Result<Vec<u8>, Failure> {
        let listed = self.stores.iter().find_map(|store| match store {
            // Both were parsed: `..` is gone, the host is in lower case.
            ManifestStore::Http(prefix) if url.as_str().starts_with(prefix.as_str()) => {
                Some(prefix)
            }
            _ => None,
        });
        let Some(prefix) = listed else {
            return Err(failure(
                Status::Refused,
                "the URI is in no store that the operator listed",
            ));
        };
        let client = if ManifestStore::names_an_address(prefix) {
            &self.named
        } else {
            &self.public
        };
        let response = client
            .get(url.clone())
            .header(ACCEPT_ENCODING, "identity")
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if !response.status().is_success() {
            let status = if response.status().is_redirection() {
                Status::Refused
            } else {
                Status::Unreachable
            };
            return Err(failure(
                status,
                format!("the store answered {}", response.status()),
            ));
        }
        if response
            .headers()
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding != "identity")
        {
            return Err(failure(
                Status::Refused,
                "the store answered packed content",
            ));
        }
        self.read(response).await
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(bytes),
                Err(error) => return Err(self.unreachable(&error)),
            }
            if bytes.len() > MAX_BYTES {
                return Err(too_large());
            }
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let reason = if error.is_timeout() {
            format!("nothing whole within {:?}", self.timeouts.answer)
        } else {
            error.to_string()
        };
        failure(Status::Unreachable, reason)
    }
}

fn verify(hash: &[u8; 32], bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let document = manifest::read(&bytes, hash).map_err(|error| {
        let status = match error {
            ManifestError::Mismatch { .. } => Status::Mismatch,
            ManifestError::TooLarge { .. } => Status::TooLarge,
            _ => Status::Refused,
        };
        failure(status, error.to_string())
    })?;
    limits::check(&document).map_err(|reason| failure(Status::Refused, reason))?;
    Ok(bytes)
}

fn too_large() -> Failure {
    failure(
        Status::TooLarge,
        format!("it is larger than {MAX_BYTES} bytes"),
    )
}

/// The machine's own resolver.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// Resolves names to public addresses only, at the very moment of connecting: a name that answers differently the
/// second time gains nothing.
struct PublicResolver(Arc<dyn Resolve>);

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let described = name.as_str().to_owned();
        let found = self.0.resolve(name);
        Box::pin(async move {
            let public: Vec<SocketAddr> = found
                .await?
                .filter(|address| is_public(address.ip()))
                .collect();
            if public.is_empty() {
                return Err(format!("{described} has no public address").into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the internet at large.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some(v4) => is_public(v4),
            // Global unicast, but for the documentation range.
            None => v6.segments()[0] & 0xe000 == 0x2000 && v6.segments()[..2] != [0x2001, 0xdb8],
        },
    }
}

/// The IPv4 address inside a mapped, translated or 6to4 one.
fn embedded_v4(v6: Ipv6Addr) -> Option<IpAddr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let join = |high: u16, low: u16| IpAddr::V4((u32::from(high) << 16 | u32::from(low)).into());
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(join(g, h)),
        (0x2002, high, low, ..) => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn i21_inward_addresses_are_not_public() {
        for inward in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(inward.parse().unwrap()), "{inward}");
        }
        for public in ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    /// Answers every name with this machine's own address.
    struct Inward(Arc<AtomicUsize>);

    impl Resolve for Inward {
        fn resolve(&self, _: Name) -> Resolving {
            self.0.fetch_add(1, Ordering::Relaxed);
            let inward = [SocketAddr::from(([127, 0, 0, 1], 0))];
            Box::pin(async move { Ok(Box::new(inward.into_iter()) as Addrs) })
        }
    }

    #[tokio::test]
    async fn i21_a_listed_name_that_comes_to_point_inward_is_never_reached() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let uri = format!("http://manifests.example:{port}/m");
        let store = ManifestStore::parse(&format!("http://manifests.example:{port}/")).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let fetcher =
            Fetcher::resolving(Inward(asked.clone()), vec![store], Timeouts::default()).unwrap();
        for times in 1..=2 {
            let failure = fetcher.fetch(&[7; 32], &uri).await.unwrap_err();
            assert_eq!(failure.status, Status::Unreachable);
            assert_eq!(asked.load(Ordering::Relaxed), times, "no answer is kept");
        }
        let nobody = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
        assert!(nobody.is_err(), "nobody connected");
    }

    #[tokio::test]
    async fn i21_many_silent_stores_take_the_time_of_one_manifest() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let prefix = format!("http://{}/", listener.local_addr().unwrap());
        let stores = vec![ManifestStore::parse(&prefix).unwrap(); 50];
        let timeouts = Timeouts {
            answer: Duration::from_millis(100),
            manifest: Duration::from_millis(300),
        };
        let fetcher = Fetcher::with_timeouts(stores, timeouts).unwrap();
        let began = std::time::Instant::now();
        let failure = fetcher
            .fetch(&[7; 32], CONTENT_ADDRESSED)
            .await
            .unwrap_err();
        assert_eq!(failure.status, Status::Unreachable);
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }

    #[test]
    fn i21_a_store_prefix_ends_with_a_slash_so_that_no_other_folder_starts_with_it() {
        assert!(ManifestStore::parse("http://example.org/a").is_err());
        assert!(matches!(
            ManifestStore::parse("http://example.org/a/"),
            Ok(ManifestStore::Http(_))
        ));
        assert!(matches!(
            ManifestStore::parse("/srv/manifests"),
            Ok(ManifestStore::Folder(_))
        ));
    }
}
