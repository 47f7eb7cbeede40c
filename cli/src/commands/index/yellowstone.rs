use clap::Args;
use pedigree_indexer::{
    service::Feed,
    source::yellowstone::{Config, Token},
};

#[derive(Debug, Args)]
// `run::Options`, of which these are a part, has the name that a group has by itself.
#[group(id = "yellowstone")]
pub struct Options {
    /// A Yellowstone (Dragon's Mouth) gRPC server of the same network, in place of the WebSocket:
    /// blocks are taken as it pushes them, and from the node what it leaves out.
    #[arg(long, value_name = "URL", conflicts_with = "ws_url")]
    grpc_url: Option<String>,
    /// What that server asks for as `x-token`; better given by the variable, as commands are seen by others.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "PEDIGREE_GRPC_TOKEN",
        hide_env_values = true
    )]
    grpc_token: Option<Token>,
}

impl Options {
    /// None where no server is named.
    pub fn feed(self) -> Option<Feed> {
        let token = self.grpc_token;
        self.grpc_url
            .map(|url| Feed::Yellowstone(Config::new(url, token)))
    }
}
