//! What search knows of a listing: its own facts, its publisher's name, and its manifest once that is verified.

use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use pedigree_search::text::{Document, Field};

use crate::manifest;

/// Characters of a description that are shown in a list.
const SUMMARY: usize = 300;

/// What a listing's account says of it to search.
#[derive(sqlx::FromRow)]
pub struct Own {
    pub key: Vec<u8>,
    pub name: String,
    pub kind: String,
    pub license: Option<String>,
}

/// What is known of a listing besides its account.
#[derive(sqlx::FromRow)]
pub struct Told {
    publisher_name: Option<String>,
    publisher_verified: bool,
    manifest_status: String,
    /// The manifest, where it is verified.
    bytes: Option<Vec<u8>>,
}

/// Where a listing's account says that more is to be found.
#[derive(sqlx::FromRow)]
pub struct Sources {
    pub publisher: Vec<u8>,
    pub manifest_hash: Vec<u8>,
    pub manifest_uri: String,
}

#[derive(sqlx::FromRow)]
struct Stored {
    address: Vec<u8>,
    #[sqlx(flatten)]
    own: Own,
    #[sqlx(flatten)]
    sources: Sources,
}

/// Holds what is stored of these listings until the transaction ends. Two writers of the same listing follow one another,
/// so the later one sees what the earlier one was given.
pub async fn hold(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT FROM listings WHERE address = ANY($1) ORDER BY address FOR UPDATE")
        .bind(addresses)
        .execute(db)
        .await?;
    Ok(())
}

/// What is known of listings that are held, in the order of `sources`.
pub async fn told(
    db: &mut PgConnection,
    sources: impl IntoIterator<Item = Sources>,
) -> Result<Vec<Told>, sqlx::Error> {
    let (mut publishers, mut hashes, mut uris) = (Vec::new(), Vec::new(), Vec::new());
    for of in sources {
        publishers.push(of.publisher);
        hashes.push(of.manifest_hash);
        uris.push(of.manifest_uri);
    }
    sqlx::query_as(
        "SELECT p.name AS publisher_name, coalesce(p.verified, false) AS publisher_verified,
                coalesce(m.status, 'pending') AS manifest_status, c.bytes
         FROM unnest($1::bytea[], $2::bytea[], $3::text[]) WITH ORDINALITY AS l (publisher, hash, uri, place)
         LEFT JOIN profiles p ON p.publisher = l.publisher
         LEFT JOIN manifests m ON m.hash = l.hash AND m.uri = l.uri
         LEFT JOIN manifest_contents c ON c.hash = l.hash AND m.status = 'ok'
         ORDER BY l.place",
    )
    .bind(publishers)
    .bind(hashes)
    .bind(uris)
    .fetch_all(db)
    .await
}

/// Brings the search columns of stored listings up to date.
pub async fn refresh(
    db: &mut PgConnection,
    mut addresses: Vec<Vec<u8>>,
) -> Result<(), sqlx::Error> {
    if addresses.is_empty() {
        return Ok(());
    }
    addresses.sort();
    addresses.dedup();
    hold(db, &addresses).await?;
    let stored: Vec<Stored> = sqlx::query_as(
        "SELECT address, key, name, kind, license, publisher, manifest_hash, manifest_uri
         FROM listings WHERE address = ANY($1)",
    )
    .bind(&addresses)
    .fetch_all(&mut *db)
    .await?;
    let mut listings = Vec::with_capacity(stored.len());
    let mut sources = Vec::with_capacity(stored.len());
    for one in stored {
        listings.push((one.address, one.own));
        sources.push(one.sources);
    }
    let told = told(db, sources).await?;
    let (addresses, entries) = listings
        .into_iter()
        .zip(told)
        .map(|((address, own), told)| (address, Entry::of(&own, told)))
        .unzip();
    write(db, addresses, entries).await
}

/// One listing's search columns.
pub struct Entry {
    pub publisher_name: Option<String>,
    pub publisher_verified: bool,
    pub manifest_status: String,
    pub manifest_key: Option<String>,
    pub summary: Option<String>,
    pub source: Option<String>,
    pub tags: Vec<String>,
    pub attributes: Value,
    pub document: Document,
}

impl Entry {
    pub fn of(own: &Own, told: Told) -> Self {
        let manifest = told.bytes.map_or(Value::Null, read);
        let string = |field: &str| {
            manifest
                .get(field)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let description = string("description").or_else(|| string("summary"));
        let source = string("source");
        // The manifest says the text whose hash is in the listing's address, or it says nothing of its key.
        let manifest_key = string("key").filter(|key| Sha256::digest(key)[..] == own.key[..]);
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

        let document = Texts {
            name: &own.name,
            publisher_name: told.publisher_name.as_deref(),
            tags: &tags,
            kind: &own.kind,
            license: own.license.as_deref(),
            key: manifest_key.as_deref(),
            source: source.as_deref(),
            description: description.as_deref(),
            attributes: attributes.as_ref(),
        }
        .document();
        Self {
            publisher_name: told.publisher_name,
            publisher_verified: told.publisher_verified,
            manifest_status: told.manifest_status,
            manifest_key,
            summary: description.map(|text| text.chars().take(SUMMARY).collect()),
            source,
            tags,
            attributes: attributes.unwrap_or_else(|| Value::Object(Default::default())),
            document,
        }
    }
}

/// What is said of a listing, and can be searched for.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    pub name: &'a str,
    pub publisher_name: Option<&'a str>,
    pub tags: &'a [String],
    pub kind: &'a str,
    pub license: Option<&'a str>,
    pub key: Option<&'a str>,
    pub source: Option<&'a str>,
    pub description: Option<&'a str>,
    pub attributes: Option<&'a Value>,
}

impl Texts<'_> {
    /// The words, each with the part that it stands in.
    pub fn document(&self) -> Document {
        let mut document = Document::default();
        document.add(Field::Name, self.name);
        document.add(Field::Publisher, self.publisher_name.unwrap_or_default());
        for tag in self.tags {
            document.add(Field::Tags, tag);
        }
        let rest = [
            Some(self.kind),
            self.license,
            self.key,
            self.source,
            self.description,
        ];
        for text in rest.into_iter().flatten() {
            document.add(Field::Rest, text);
        }
        add_values(&mut document, self.attributes);
        document
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

async fn write(
    db: &mut PgConnection,
    addresses: Vec<Vec<u8>>,
    entries: Vec<Entry>,
) -> Result<(), sqlx::Error> {
    fn column<'a, T>(entries: &'a [Entry], of: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(of).collect()
    }
    let names = column(&entries, |entry| entry.publisher_name.as_deref());
    let verified = column(&entries, |entry| entry.publisher_verified);
    let statuses = column(&entries, |entry| &entry.manifest_status[..]);
    let keys = column(&entries, |entry| entry.manifest_key.as_deref());
    let summaries = column(&entries, |entry| entry.summary.as_deref());
    let sources = column(&entries, |entry| entry.source.as_deref());
    let tags = column(&entries, |entry| Value::from(entry.tags.clone()));
    let attributes = column(&entries, |entry| &entry.attributes);
    let documents = column(&entries, |entry| entry.document.to_tsvector());
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
