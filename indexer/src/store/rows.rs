//! Rows as JSON: the database turns them into its own types, so that a table is one struct and one list of columns.

use pedigree_sdk::names::Names;
use serde::{Serialize, Serializer};
use sqlx::{AssertSqlSafe, PgConnection, types::Json};

/// A table and the columns that its rows fill.
pub struct Table {
    pub name: &'static str,
    pub key: &'static [&'static str],
    pub columns: &'static [&'static str],
}

impl Table {
    /// Inserts the rows, and replaces those that have the same key.
    pub async fn upsert<R: Serialize>(
        &self,
        db: &mut PgConnection,
        rows: &[R],
    ) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let Table { name, key, columns } = self;
        let (key, list) = (key.join(", "), columns.join(", "));
        let new: Vec<_> = columns
            .iter()
            .map(|column| format!("excluded.{column}"))
            .collect();
        let sql = format!(
            "INSERT INTO {name} ({list}) SELECT {list} FROM jsonb_populate_recordset(NULL::{name}, $1) \
             ON CONFLICT ({key}) DO UPDATE SET ({list}) = ROW({})",
            new.join(", ")
        );
        // Made of constants of this crate alone.
        sqlx::query(AssertSqlSafe(sql))
            .bind(Json(rows))
            .execute(db)
            .await?;
        Ok(())
    }

    /// Deletes the rows whose `column` is one of `values`.
    pub async fn delete(
        &self,
        db: &mut PgConnection,
        column: &str,
        values: &[Vec<u8>],
    ) -> Result<(), sqlx::Error> {
        if values.is_empty() {
            return Ok(());
        }
        let sql = format!("DELETE FROM {} WHERE {column} = ANY($1)", self.name);
        sqlx::query(AssertSqlSafe(sql))
            .bind(values)
            .execute(db)
            .await?;
        Ok(())
    }
}

/// Bytes, written as Postgres writes `bytea`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytea(Vec<u8>);

impl AsRef<[u8]> for Bytea {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Bytea {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("\\x{}", hex::encode(&self.0)))
    }
}

pub fn bytes(value: impl AsRef<[u8]>) -> Bytea {
    Bytea(value.as_ref().to_vec())
}

/// A key or a hash, `None` where it is all zero, which is how accounts say "none".
pub fn non_zero(value: impl AsRef<[u8]>) -> Option<Bytea> {
    let value = value.as_ref();
    value.iter().any(|byte| *byte != 0).then(|| bytes(value))
}

/// A fixed text field. Postgres has no zero character; the programs refuse it, but nothing here relies on that.
pub fn text(field: &[u8]) -> String {
    common::text::read(field).replace('\0', "\u{fffd}")
}

/// A slot, sequence number or similar, as Postgres counts.
pub fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The name of an account's number; the number itself where this program is older than it.
pub fn named(names: &Names, value: u8) -> String {
    names
        .name(value)
        .map_or_else(|| value.to_string(), str::to_owned)
}
