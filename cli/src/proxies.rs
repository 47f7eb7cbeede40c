//! Proxies in front of the API.

use clap::Args;
use pedigree_indexer::api::{Network, Proxies};

#[derive(Clone, Debug, Args)]
pub struct Trusted {
    /// A proxy, or a network of them, in front of the API, which says in `X-Forwarded-For` who asks; may be repeated. What
    /// anybody else says there is ignored.
    #[arg(long = "trusted-proxy", value_name = "ADDR|CIDR")]
    trusted_proxies: Vec<Network>,
}

impl Trusted {
    pub fn proxies(&self) -> Proxies {
        self.trusted_proxies.iter().copied().collect()
    }
}
