//! Which CMS this is: the line at IPL and QUERY CMSLEVEL. The level is the one whose commands and
//! messages are followed, the date the one of this program's release.

/// The line that IPL CMS shows first.
pub const IPL_LINE: &[u8] = b"z/VM V7.3.0    2026-11-21 12:00";

/// What QUERY CMSLEVEL answers.
pub fn query_text() -> String {
    String::from("CMS Level 31, Service Level 000")
}
