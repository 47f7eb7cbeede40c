//! Token-2022 extensions: after 165 bytes a byte that tells mint from account, then (type, length, value) records.

/// Where the byte stands that tells a mint from an account.
pub const KIND_AT: usize = 165;
pub const KIND_MINT: u8 = 1;
pub const KIND_ACCOUNT: u8 = 2;

/// Extensions of mints that change neither who can move tokens nor how many arrive.
pub const METADATA_POINTER: u16 = 18;
pub const GROUP_MEMBER: u16 = 23;
/// On an account: whether it refuses transfers without a memo.
pub const MEMO_TRANSFER: u16 = 8;

/// Walks the records after [`KIND_AT`]. `None` stands for bytes that are not a record.
pub struct Extensions<'a> {
    rest: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// Of the whole data of an extended mint or account.
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            rest: data.get(KIND_AT.saturating_add(1)..).unwrap_or_default(),
        }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Option<(u16, &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = core::mem::take(&mut self.rest);
        let Some((head, body)) = rest.split_first_chunk::<4>() else {
            // Fewer than four bytes left: nothing, unless they name a type.
            return if rest.iter().all(|byte| *byte == 0) {
                None
            } else {
                Some(None)
            };
        };
        let [t0, t1, l0, l1] = *head;
        let kind = u16::from_le_bytes([t0, t1]);
        if kind == 0 {
            return None;
        }
        let Some((value, rest)) = body.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])))
        else {
            return Some(None);
        };
        self.rest = rest;
        Some(Some((kind, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn records_end_at_padding_and_a_torn_one_is_told() {
        let mut data = vec![0u8; 166];
        data.extend([18, 0, 2, 0, 7, 7, 19, 0, 0, 0, 0, 0]);
        let records: vec::Vec<_> = Extensions::new(&data).collect();
        assert_eq!(records, [Some((18, &[7u8, 7][..])), Some((19, &[][..]))]);
        data.truncate(171);
        let records: vec::Vec<_> = Extensions::new(&data).collect();
        assert_eq!(records, [None]);
    }
}
