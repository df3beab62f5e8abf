//! Minimum abbreviations as the syntax diagrams of the manuals write them: capitals must stand,
//! small letters may be left off from the right (`Query`, `VIRTual`, `STORage`).

/// Whether `word` is `pattern` or an abbreviation of it, in any case.
///
/// The leading capitals, digits and signs of `pattern` are the minimum: `matches("VIRTual", b"virtu")`
/// holds, `matches("VIRTual", b"vir")` does not.
pub fn matches(pattern: &str, word: &[u8]) -> bool {
    let full = pattern.as_bytes();
    let least = full
        .iter()
        .position(|c| c.is_ascii_lowercase())
        .unwrap_or(full.len());
    word.len() >= least
        && word.len() <= full.len()
        && word.eq_ignore_ascii_case(&full[..word.len()])
}

/// The first row whose pattern `word` abbreviates; rows stand in the order of precedence.
pub fn find<'a, T>(rows: &'a [T], pattern: impl Fn(&T) -> &str, word: &[u8]) -> Option<&'a T> {
    rows.iter().find(|row| matches(pattern(row), word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_the_minimum() {
        assert!(matches("Query", b"q"));
        assert!(matches("Query", b"QUERY"));
        assert!(!matches("Query", b"queryx"));
        assert!(!matches("Query", b""));
        assert!(!matches("STORage", b"sto"));
        assert!(matches("STORage", b"stor"));
        assert!(matches("NSS", b"nss"));
        assert!(!matches("NSS", b"ns"));
    }
}
