//! Records as the codes of the session's code page: what stages see that compute with bytes.

use std::borrow::Cow;

use crate::base::Record;
use crate::base::codepage::CodePage;

/// The codes of a record's characters.
pub fn of(page: CodePage, record: &[u8]) -> Cow<'_, [u8]> {
    match page {
        CodePage::Host => record.into(),
        _ => record.iter().map(|&b| page.code_of(b)).collect(),
    }
}

/// The record of codes.
pub fn record(page: CodePage, codes: Vec<u8>) -> Record {
    match page {
        CodePage::Host => Record::from(codes),
        _ => Record::from(codes.iter().map(|&c| page.to_host(c)).collect::<Vec<u8>>()),
    }
}
