//! What search knows of a listing: its own facts, its publisher's name, and its manifest once that is verified.

use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{
    manifest,
    search::{Document, Field},
};

/// Characters of a description that are shown in a list.
const SUMMARY: usize = 300;

#[derive(sqlx::FromRow)]
struct Facts {
    address: Vec<u8>,
    key: Vec<u8>,
    name: String,
    kind: String,
    license: Option<String>,
    publisher_name: Option<String>,
    publisher_verified: bool,
    manifest_status: String,
    bytes: Option<Vec<u8>>,
}

/// Brings the search columns of these listings up to date. Two writers that refresh the same listing follow one
/// another, so the later one sees what the earlier one was given.
pub async fn refresh(
    db: &mut PgConnection,
    mut addresses: Vec<Vec<u8>>,
) -> Result<(), sqlx::Error> {
    if addresses.is_empty() {
        return Ok(());
    }
    addresses.sort();
    addresses.dedup();
    sqlx::query("SELECT FROM listings WHERE address = ANY($1) ORDER BY address FOR UPDATE")
        .bind(&addresses)
        .execute(&mut *db)
        .await?;
    let facts: Vec<Facts> = sqlx::query_as(
        "SELECT l.address, l.key, l.name, l.kind, l.license,
                p.name AS publisher_name, coalesce(p.verified, false) AS publisher_verified,
                coalesce(m.status, 'pending') AS manifest_status, c.bytes
         FROM listings l
         LEFT JOIN profiles p ON p.publisher = l.publisher
         LEFT JOIN manifests m ON m.hash = l.manifest_hash AND m.uri = l.manifest_uri
         LEFT JOIN manifest_contents c ON c.hash = l.manifest_hash AND m.status = 'ok'
         WHERE l.address = ANY($1)",
    )
    .bind(&addresses)
    .fetch_all(&mut *db)
    .await?;
    write(db, facts.into_iter().map(Entry::of).collect()).await
}

/// One listing's search columns.
struct Entry {
    facts: Facts,
    manifest_key: Option<String>,
    summary: Option<String>,
    source: Option<String>,
    tags: Vec<String>,
    attributes: Value,
    document: String,
}

impl Entry {
    fn of(mut facts: Facts) -> Self {
        let manifest = facts.bytes.take().map_or(Value::Null, read);
        let string = |field: &str| {
            manifest
                .get(field)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let description = string("description").or_else(|| string("summary"));
        let source = string("source");
        // The manifest says the text whose hash is in the listing's address, or it says nothing of its key.
        let manifest_key = string("key").filter(|key| Sha256::digest(key)[..] == facts.key[..]);
        let tags: Vec<String> = manifest
            .get("tags")
            .and_then(Value::as_array)
            .map(|tags| {
                tags.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        let attributes = manifest
            .get("attributes")
            .filter(|value| value.is_object())
            .cloned();

        let mut document = Document::default();
        document.add(Field::Name, &facts.name);
        document.add(
            Field::Publisher,
            facts.publisher_name.as_deref().unwrap_or_default(),
        );
        for tag in &tags {
            document.add(Field::Tags, tag);
        }
        let rest = [
            Some(&facts.kind),
            facts.license.as_ref(),
            manifest_key.as_ref(),
            source.as_ref(),
            description.as_ref(),
        ];
        for text in rest.into_iter().flatten() {
            document.add(Field::Rest, text);
        }
        add_values(&mut document, attributes.as_ref());
        Self {
            facts,
            manifest_key,
            summary: description.map(|text| text.chars().take(SUMMARY).collect()),
            source,
            tags,
            attributes: attributes.unwrap_or_else(|| Value::Object(Default::default())),
            document: document.to_tsvector(),
        }
    }
}

/// What a kept manifest says. One that an earlier program kept may be over today's limits; it says nothing then, as it
/// must not hold up the blocks whose listings name it.
fn read(bytes: Vec<u8>) -> Value {
    let manifest = serde_json::from_slice(&bytes).ok();
    manifest
        .filter(|manifest| manifest::check(manifest).is_ok())
        .unwrap_or(Value::Null)
}

/// Adds every text and number of a value of bounded depth, and the names of its fields.
fn add_values(document: &mut Document, value: Option<&Value>) {
    match value {
        Some(Value::String(text)) => document.add(Field::Rest, text),
        Some(Value::Number(number)) => document.add(Field::Rest, &number.to_string()),
        Some(Value::Array(values)) => values
            .iter()
            .for_each(|value| add_values(document, Some(value))),
        Some(Value::Object(fields)) => fields.iter().for_each(|(name, value)| {
            document.add(Field::Rest, name);
            add_values(document, Some(value));
        }),
        _ => {}
    }
}

async fn write(db: &mut PgConnection, entries: Vec<Entry>) -> Result<(), sqlx::Error> {
    let addresses: Vec<&[u8]> = entries
        .iter()
        .map(|entry| &entry.facts.address[..])
        .collect();
    let names: Vec<Option<&str>> = entries
        .iter()
        .map(|entry| entry.facts.publisher_name.as_deref())
        .collect();
    let verified: Vec<bool> = entries
        .iter()
        .map(|entry| entry.facts.publisher_verified)
        .collect();
    let statuses: Vec<&str> = entries
        .iter()
        .map(|entry| &entry.facts.manifest_status[..])
        .collect();
    let keys: Vec<Option<&str>> = entries
        .iter()
        .map(|entry| entry.manifest_key.as_deref())
        .collect();
    let summaries: Vec<Option<&str>> = entries
        .iter()
        .map(|entry| entry.summary.as_deref())
        .collect();
    let sources: Vec<Option<&str>> = entries
        .iter()
        .map(|entry| entry.source.as_deref())
        .collect();
    let tags: Vec<Value> = entries
        .iter()
        .map(|entry| entry.tags.clone().into())
        .collect();
    let attributes: Vec<&Value> = entries.iter().map(|entry| &entry.attributes).collect();
    let documents: Vec<&str> = entries.iter().map(|entry| &entry.document[..]).collect();
    sqlx::query(
        "UPDATE listings SET
             publisher_name = new.publisher_name, publisher_verified = new.publisher_verified,
             manifest_status = new.manifest_status, manifest_key = new.manifest_key, summary = new.summary,
             source = new.source, attributes = new.attributes, document = new.document::tsvector,
             tags = ARRAY(SELECT jsonb_array_elements_text(new.tags))
         FROM unnest($1::bytea[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::jsonb[], $9::jsonb[], $10::text[])
              AS new (address, publisher_name, publisher_verified, manifest_status, manifest_key, summary, source,
                      tags, attributes, document)
         WHERE listings.address = new.address",
    )
    .bind(addresses)
    .bind(names)
    .bind(verified)
    .bind(statuses)
    .bind(keys)
    .bind(summaries)
    .bind(sources)
    .bind(tags)
    .bind(attributes)
    .bind(documents)
    .execute(db)
    .await?;
    Ok(())
}
