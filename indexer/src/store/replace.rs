//! Rows written over stored ones.
//!
//! They are copied to a table that only the connection sees, and from there over the rows with their keys. A row whose
//! indexed columns stay as they are leaves the indexes alone where its page has room (a HOT update): to delete it and
//! insert it again would cost as much as a new one.

use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    copy::{CopyIn, Stream},
    rows::Table,
};

impl Table {
    /// Takes rows for [`Table::replace`], until then.
    pub async fn stage<'c>(&self, db: &'c mut PgConnection) -> Result<Stream<'c>, sqlx::Error> {
        let name = self.name;
        // It lives as long as the connection does, with the rows of its last use.
        let sql = format!(
            "CREATE TEMP TABLE IF NOT EXISTS staged_{name} (LIKE {name}); TRUNCATE staged_{name}"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *db).await?;
        Ok(CopyIn::into(&format!("staged_{name}"), self.columns).open(db))
    }

    /// Writes the staged rows over those with their keys. What is not there is inserted.
    pub async fn replace(&self, db: &mut PgConnection, staged: u64) -> Result<(), sqlx::Error> {
        let Table { name, key, columns } = self;
        let same_key: Vec<_> = key
            .iter()
            .map(|column| format!("stored.{column} = staged.{column}"))
            .collect();
        let same_key = same_key.join(" AND ");
        let others = columns.iter().filter(|column| !key.contains(column));
        let assignments: Vec<_> = others
            .map(|column| format!("{column} = staged.{column}"))
            .collect();
        // Both made of constants of this crate alone.
        let update = format!(
            "UPDATE {name} stored SET {} FROM staged_{name} staged WHERE {same_key}",
            assignments.join(", ")
        );
        let updated = sqlx::query(AssertSqlSafe(update)).execute(&mut *db).await?;
        if updated.rows_affected() < staged {
            let list = columns.join(", ");
            let insert = format!(
                "INSERT INTO {name} ({list}) SELECT {list} FROM staged_{name} staged
                 WHERE NOT EXISTS (SELECT FROM {name} stored WHERE {same_key})"
            );
            sqlx::query(AssertSqlSafe(insert)).execute(db).await?;
        }
        Ok(())
    }
}
