//! Logical line editing of what is typed at a terminal (CP Commands and Utilities: TERMINAL; VM
//! "logical line editing symbols"). The one place that splits text at the LINEND symbol.

/// The line editing symbols of a terminal; `None` is OFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbols {
    /// Ends a logical line, so that several stand on one typed line.
    pub linend: Option<u8>,
    /// Deletes the logical line up to here.
    pub linedel: Option<u8>,
    /// Deletes the character before it.
    pub chardel: Option<u8>,
    /// Makes the next character an ordinary one.
    pub escape: Option<u8>,
    /// Stands for a tab character.
    pub tabchar: Option<u8>,
}

impl Default for Symbols {
    fn default() -> Self {
        Symbols {
            linend: Some(b'#'),
            linedel: None,
            chardel: None,
            escape: Some(b'"'),
            tabchar: None,
        }
    }
}

/// One logical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// For whatever reads the console now.
    Text(Vec<u8>),
    /// `#CP …`: for CP whatever runs; the text behind `#CP `.
    Cp(Vec<u8>),
}

/// Edits a typed line into its logical lines.
///
/// A logical line that begins with `CP` directly behind a LINEND symbol is a command for CP. An empty
/// typed line is one empty logical line; a LINEND symbol at the very end ends the line before it and
/// begins none.
pub fn edit(typed: &[u8], symbols: &Symbols) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut text: Vec<u8> = Vec::with_capacity(typed.len());
    // Whether the line being built begins behind a LINEND symbol, and whether its first two
    // characters were typed as they are (an escaped `CP` is not the prefix).
    let mut behind_linend = false;
    let mut escaped_start = false;
    let mut at = 0;
    while let Some(&c) = typed.get(at) {
        at += 1;
        let is = |symbol: Option<u8>| symbol == Some(c);
        if is(symbols.escape) {
            // The escape symbol at the end of the line stands for itself.
            let kept = typed.get(at).copied().unwrap_or(c);
            escaped_start |= text.len() < 2;
            text.push(kept);
            at += 1;
        } else if is(symbols.linend) {
            let more = at < typed.len();
            // `#CP` at the start is not preceded by an empty line.
            let empty_before_cp = text.is_empty() && starts_cp(&typed[at..], symbols);
            if !empty_before_cp {
                lines.push(finish(
                    std::mem::take(&mut text),
                    behind_linend && !escaped_start,
                ));
            }
            text.clear();
            behind_linend = true;
            escaped_start = false;
            if !more {
                return lines;
            }
        } else if is(symbols.linedel) {
            text.clear();
            escaped_start = false;
        } else if is(symbols.chardel) {
            text.pop();
        } else if is(symbols.tabchar) {
            text.push(b'\t');
        } else {
            text.push(c);
        }
    }
    lines.push(finish(text, behind_linend && !escaped_start));
    lines
}

/// Splits the command string of a TRACE trap into commands, at the LINEND symbol alone.
pub fn split_commands(text: &[u8], linend: Option<u8>) -> Vec<Vec<u8>> {
    let Some(linend) = linend else {
        return vec![text.to_vec()];
    };
    text.split(|&c| c == linend).map(<[u8]>::to_vec).collect()
}

fn starts_cp(rest: &[u8], symbols: &Symbols) -> bool {
    let end = rest
        .iter()
        .position(|&c| c == b' ' || Some(c) == symbols.linend)
        .unwrap_or(rest.len());
    rest[..end].eq_ignore_ascii_case(b"CP")
}

fn finish(text: Vec<u8>, behind_linend: bool) -> Line {
    if behind_linend && text.len() >= 2 && text[..2].eq_ignore_ascii_case(b"CP") {
        match text.get(2) {
            None => return Line::Cp(Vec::new()),
            Some(b' ') => return Line::Cp(text[3..].to_vec()),
            Some(_) => {}
        }
    }
    Line::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(s: &str) -> Line {
        Line::Text(s.as_bytes().to_vec())
    }
    fn cp(s: &str) -> Line {
        Line::Cp(s.as_bytes().to_vec())
    }
    fn all() -> Symbols {
        Symbols {
            linedel: Some(b'['),
            chardel: Some(b'@'),
            ..Symbols::default()
        }
    }

    #[test]
    fn lines_split_at_linend_and_escape_protects() {
        let s = Symbols::default();
        assert_eq!(edit(b"a#b", &s), [text("a"), text("b")]);
        assert_eq!(edit(b"a\"#b", &s), [text("a#b")]);
        assert_eq!(edit(b"a\"\"b", &s), [text("a\"b")]);
        assert_eq!(edit(b"a\"", &s), [text("a\"")]);
        assert_eq!(edit(b"", &s), [text("")]);
        assert_eq!(edit(b"a#", &s), [text("a")]);
        assert_eq!(edit(b"a##b", &s), [text("a"), text(""), text("b")]);
    }

    #[test]
    fn hash_cp_reaches_cp_from_any_place_in_the_line() {
        let s = Symbols::default();
        assert_eq!(edit(b"#cp q time", &s), [cp("q time")]);
        assert_eq!(edit(b"#CP", &s), [cp("")]);
        assert_eq!(
            edit(b"ls#cp q time#pwd", &s),
            [text("ls"), cp("q time"), text("pwd")]
        );
        assert_eq!(edit(b"#cpq", &s), [text(""), text("cpq")]);
        assert_eq!(edit(b"cp q time", &s), [text("cp q time")]);
        assert_eq!(edit(b"\"#cp q time", &s), [text("#cp q time")]);
        assert_eq!(edit(b"x#\"cp q time", &s), [text("x"), text("cp q time")]);
        assert_eq!(edit(b"#cp sm linux1 a\"#b", &s), [cp("sm linux1 a#b")]);
    }

    #[test]
    fn a_changed_or_absent_linend_leaves_the_hash_alone() {
        let mut s = Symbols {
            linend: Some(b'%'),
            ..Symbols::default()
        };
        assert_eq!(edit(b"a#b%c", &s), [text("a#b"), text("c")]);
        assert_eq!(edit(b"%cp q time", &s), [cp("q time")]);
        s.linend = None;
        assert_eq!(edit(b"#cp q time", &s), [text("#cp q time")]);
    }

    #[test]
    fn deletions_work_on_the_logical_line_only() {
        assert_eq!(edit(b"abd@c", &all()), [text("abc")]);
        assert_eq!(edit(b"@@a", &all()), [text("a")]);
        assert_eq!(edit(b"a#wrong[right", &all()), [text("a"), text("right")]);
        assert_eq!(edit(b"a\"@b", &all()), [text("a@b")]);
    }

    #[test]
    fn stored_commands_split_at_the_users_own_symbol() {
        let t = b"SAVESYS LXSHR# TRACE END ALL";
        assert_eq!(split_commands(t, Some(b'#')).len(), 2);
        assert_eq!(split_commands(t, Some(b'%')).len(), 1);
        assert_eq!(split_commands(t, None).len(), 1);
    }

    proptest! {
        #[test]
        fn escaping_every_character_gives_the_text_back(s in proptest::collection::vec(any::<u8>(), 0..40)) {
            let typed: Vec<u8> = s.iter().flat_map(|&c| [b'"', c]).collect();
            prop_assert_eq!(edit(&typed, &all()), vec![Line::Text(s)]);
        }

        #[test]
        fn text_without_symbols_is_left_alone(s in "[a-z0-9 ]{0,40}") {
            prop_assert_eq!(edit(s.as_bytes(), &all()), vec![text(&s)]);
        }
    }
}
