//! `pedigree search`.

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use super::{Page, Target};

#[derive(Debug, Args)]
pub struct Options {
    /// Words, "phrases", -not, or.
    query: Option<String>,
    /// model, dataset, service, compute or agent; any of several.
    #[arg(long)]
    kind: Vec<String>,
    /// SPDX identifier; any of several.
    #[arg(long)]
    license: Vec<String>,
    /// Address of a publisher; any of several.
    #[arg(long, value_name = "ADDRESS")]
    publisher: Vec<String>,
    #[arg(long, value_name = "NAME")]
    publisher_name: Option<String>,
    /// The listing's exact name.
    #[arg(long)]
    name: Option<String>,
    /// The asset's key in its manifest.
    #[arg(long)]
    key: Option<String>,
    /// All of several.
    #[arg(long)]
    tag: Vec<String>,
    /// active unless given; any of several.
    #[arg(long)]
    status: Vec<String>,
    /// Leave out what is tainted, by itself or by descent.
    #[arg(long)]
    untainted: bool,
    /// relevance, newest or name.
    #[arg(long)]
    sort: Option<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let api = options.target.api()?;
    let mut query = Vec::new();
    for (name, values) in [
        ("kind", options.kind),
        ("license", options.license),
        ("publisher", options.publisher),
        ("tag", options.tag),
        ("status", options.status),
    ] {
        query.extend(values.into_iter().map(|value| (name, value)));
    }
    for (name, value) in [
        ("q", options.query),
        ("publisher_name", options.publisher_name),
        ("name", options.name),
        ("key", options.key),
        ("untainted", options.untainted.then(|| "true".to_owned())),
        ("sort", options.sort),
        ("limit", options.page.limit.map(|limit| limit.to_string())),
        ("cursor", options.page.cursor),
    ] {
        query.extend(value.map(|value| (name, value)));
    }
    Ok(api.get(&["v1", "listings"], &query).await?)
}
