//! Rows in the binary form of COPY: the fastest way into a table.

use serde_json::Value;
use sqlx::{PgConnection, postgres::PgCopyIn};

use pedigree_search::text::Document;

/// What COPY in binary begins with: signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// A row of -1 columns ends it.
const TRAILER: [u8; 2] = (-1i16).to_be_bytes();
/// Type of an array's elements, as the server numbers it.
const INT4_OID: u32 = 23;
const TEXT_OID: u32 = 25;
/// Version of the form in which `jsonb` is received.
const JSONB: u8 = 1;
/// Numerics are written in digits of this base.
const NUMERIC_BASE: u64 = 10_000;
/// Bytes sent at once. A connection keeps a buffer as large as the largest piece that it ever sent, and pieces are freed
/// as they are sent: what a batch takes beyond its rows is a piece, not a second copy of the rows.
const PIECE: usize = 256 << 10;

/// Rows for one table, of the columns given in the order given. Each value's method is named for its column's type;
/// another type than the column's fails the statement.
#[derive(Debug)]
pub struct CopyIn {
    target: String,
    columns: i16,
    /// Pieces that are full.
    full: Vec<Vec<u8>>,
    buffer: Vec<u8>,
    rows: u64,
}

/// Rows that are sent while they are written; without any the server is not asked at all. Dropped before it is finished,
/// it fails the transaction.
pub struct Stream<'c> {
    rows: CopyIn,
    /// Until something is sent.
    db: Option<&'c mut PgConnection>,
    copy: Option<PgCopyIn<&'c mut PgConnection>>,
}

impl Stream<'_> {
    /// Begins a row; its values follow.
    pub async fn row(&mut self) -> Result<&mut CopyIn, sqlx::Error> {
        if self.rows.buffer.len() >= PIECE {
            let piece = std::mem::take(&mut self.rows.buffer);
            self.send(piece).await?;
        }
        Ok(self.rows.row())
    }

    /// Sends what is left. The rows are visible to what follows in the same transaction.
    pub async fn finish(mut self) -> Result<(), sqlx::Error> {
        if self.rows.rows == 0 {
            return Ok(());
        }
        let mut last = std::mem::take(&mut self.rows.buffer);
        last.extend(TRAILER);
        self.send(last).await?;
        if let Some(copy) = self.copy {
            copy.finish().await?;
        }
        Ok(())
    }

    async fn send(&mut self, piece: Vec<u8>) -> Result<(), sqlx::Error> {
        if let Some(db) = self.db.take() {
            self.copy = Some(db.copy_in_raw(&self.rows.target).await?);
        }
        if let Some(copy) = &mut self.copy {
            copy.send(piece).await?;
        }
        Ok(())
    }
}

impl CopyIn {
    pub fn into(table: &str, columns: &[&str]) -> Self {
        Self {
            target: format!(
                "COPY {table} ({}) FROM STDIN (FORMAT binary)",
                columns.join(", ")
            ),
            columns: i16::try_from(columns.len()).unwrap_or(i16::MAX),
            full: Vec::new(),
            buffer: HEADER.to_vec(),
            rows: 0,
        }
    }

    /// Begins a row; its values follow.
    pub fn row(&mut self) -> &mut Self {
        if self.buffer.len() >= PIECE {
            self.full.push(std::mem::take(&mut self.buffer));
        }
        self.rows = self.rows.saturating_add(1);
        self.buffer.extend(self.columns.to_be_bytes());
        self
    }

    /// Sends the rows. They are visible to what follows in the same transaction.
    pub async fn write(mut self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        let full = std::mem::take(&mut self.full);
        let mut stream = self.open(db);
        for piece in full {
            stream.send(piece).await?;
        }
        stream.finish().await
    }

    /// Sends the rows that follow while they are written: the server is at work meanwhile.
    pub fn open(self, db: &mut PgConnection) -> Stream<'_> {
        Stream {
            rows: self,
            db: Some(db),
            copy: None,
        }
    }

    pub fn bytea(&mut self, value: impl AsRef<[u8]>) -> &mut Self {
        self.field(value.as_ref())
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.field(value.as_bytes())
    }

    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.field(&[u8::from(value)])
    }

    pub fn int2(&mut self, value: impl Into<i16>) -> &mut Self {
        self.field(&value.into().to_be_bytes())
    }

    pub fn int4(&mut self, value: i32) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    pub fn int8(&mut self, value: i64) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    /// A slot, sequence number or similar.
    pub fn count(&mut self, value: impl Into<u64>) -> &mut Self {
        self.int8(super::rows::int(value.into()))
    }

    /// An amount: `numeric(20, 0)`.
    pub fn numeric(&mut self, value: u64) -> &mut Self {
        // Most significant digit last, until reversed.
        let mut digits = Vec::with_capacity(5);
        let mut rest = value;
        while rest > 0 {
            digits.push((rest % NUMERIC_BASE) as u16);
            rest /= NUMERIC_BASE;
        }
        let weight = (digits.len() as u16).saturating_sub(1);
        let mut field = Vec::with_capacity(18);
        for word in [digits.len() as u16, weight, 0, 0] {
            field.extend(word.to_be_bytes());
        }
        for digit in digits.iter().rev() {
            field.extend(digit.to_be_bytes());
        }
        self.field(&field)
    }

    pub fn int4_array(&mut self, values: &[i32]) -> &mut Self {
        let mut field = Vec::with_capacity(20 + values.len() * 8);
        // Dimensions, no nulls, type; then length and lower bound of the one dimension.
        for word in [1, 0, INT4_OID, values.len() as u32, 1] {
            field.extend(word.to_be_bytes());
        }
        for value in values {
            field.extend(4u32.to_be_bytes());
            field.extend(value.to_be_bytes());
        }
        self.field(&field)
    }

    pub fn text_array(&mut self, values: &[String]) -> &mut Self {
        let mut field = Vec::new();
        // As above; one without elements has no dimension.
        let dimensions = u32::from(!values.is_empty());
        for word in [dimensions, 0, TEXT_OID] {
            field.extend(word.to_be_bytes());
        }
        if !values.is_empty() {
            field.extend((values.len() as u32).to_be_bytes());
            field.extend(1u32.to_be_bytes());
        }
        for value in values {
            field.extend((value.len() as u32).to_be_bytes());
            field.extend(value.as_bytes());
        }
        self.field(&field)
    }

    pub fn jsonb(&mut self, value: &Value) -> &mut Self {
        let mut field = vec![JSONB];
        field.extend(value.to_string().into_bytes());
        self.field(&field)
    }

    pub fn tsvector(&mut self, document: &Document) -> &mut Self {
        self.field(&document.to_binary())
    }

    pub fn null(&mut self) -> &mut Self {
        self.buffer.extend((-1i32).to_be_bytes());
        self
    }

    /// A value, or null.
    pub fn or_null<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.buffer
            .extend(i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.buffer.extend(bytes);
        self
    }
}
