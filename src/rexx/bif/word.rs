//! Built-in functions on words (ANSI X3.274 section 9.3; SC24-5770 chapter 3). A word is what stands
//! between blanks.

use super::args::{count, pad, text, texts, whole};
use super::{Bif, BifContext, Error, Value};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "DELWORD",
        "rANY rWHOLE>0 oWHOLE>=0",
        delword,
        "The string without words from a given one on.",
        "DELWORD('Now is the  time',2,2) == 'Now time'",
    ),
    Bif::new(
        "FIND",
        "rANY rANY oWHOLE>0",
        find,
        "The word number of a phrase in the first string: WORDPOS with its arguments the other way round.",
        "FIND('now is the time','is the') == 2",
    ),
    Bif::new(
        "JUSTIFY",
        "rANY rWHOLE>=0 oPAD",
        justify,
        "The words spread to both margins of a width.",
        "JUSTIFY('The blue sky',9,'+') == 'The++blue'",
    ),
    Bif::new(
        "SPACE",
        "rANY oWHOLE>=0 oPAD",
        space,
        "The words with so many pad characters between them.",
        "SPACE('abc  def',1,'+') == 'abc+def'",
    ),
    Bif::new(
        "SUBWORD",
        "rANY rWHOLE>0 oWHOLE>=0",
        subword,
        "The words from a given one on, with the blanks between them.",
        "SUBWORD('Now is the  time',2,2) == 'is the'",
    ),
    Bif::new(
        "WORD",
        "rANY rWHOLE>0",
        word,
        "The word of a number; null when there are not so many.",
        "WORD('Now is the time',3) == 'the'",
    ),
    Bif::new(
        "WORDINDEX",
        "rANY rWHOLE>0",
        wordindex,
        "The position of the first character of a word; 0 when there are not so many.",
        "WORDINDEX('Now is the time',3) == 8",
    ),
    Bif::new(
        "WORDLENGTH",
        "rANY rWHOLE>0",
        wordlength,
        "The length of a word; 0 when there are not so many.",
        "WORDLENGTH('Now is the time',2) == 2",
    ),
    Bif::new(
        "WORDPOS",
        "rANY rANY oWHOLE>0",
        wordpos,
        "The word number of the first phrase in the second string; 0 when it is not there.",
        "WORDPOS('is the','now is the time') == 2",
    ),
    Bif::new(
        "WORDS",
        "rANY",
        words,
        "How many words there are.",
        "WORDS('Now is the time') == 4",
    ),
];

type Context<'a> = BifContext<'a>;
type Args = [Option<Value>];
type Outcome = Result<Value, Error>;

/// The words of a text with the positions they start at.
struct Words<'a, F> {
    text: &'a [u8],
    at: usize,
    blank: F,
}

impl<'a, F: Fn(u8) -> bool> Iterator for Words<'a, F> {
    type Item = (usize, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let text = self.text;
        let mut start = self.at;
        while start < text.len() && (self.blank)(text[start]) {
            start += 1;
        }
        if start == text.len() {
            self.at = start;
            return None;
        }
        let mut end = start + 1;
        while end < text.len() && !(self.blank)(text[end]) {
            end += 1;
        }
        self.at = end;
        Some((start, &text[start..end]))
    }
}

fn split<F: Fn(u8) -> bool>(text: &[u8], blank: F) -> Words<'_, F> {
    Words { text, at: 0, blank }
}

/// The range of bytes that words `first` (from 0) to before `first + many` cover.
fn span(
    s: &[u8],
    blank: impl Fn(u8) -> bool,
    first: usize,
    many: Option<usize>,
) -> Option<(usize, usize)> {
    let mut all = split(s, &blank);
    let (start, head) = all.nth(first)?;
    let end = match many {
        Some(0) => return None,
        Some(1) => start + head.len(),
        Some(n) => match all.nth(n - 2) {
            Some((at, last)) => at + last.len(),
            None => trimmed(s, &blank),
        },
        None => trimmed(s, &blank),
    };
    Some((start, end))
}

fn trimmed(s: &[u8], blank: impl Fn(u8) -> bool) -> usize {
    s.iter().rposition(|b| !blank(*b)).map_or(0, |at| at + 1)
}

fn word(context: &mut Context, args: &Args) -> Outcome {
    let number = whole(args, 1).unwrap_or(1) - 1;
    text(args, 0, |s| {
        let found = split(s, context.blanks()).nth(number);
        Ok(Value::from_bytes(found.map_or(b"", |(_, word)| word)))
    })
}

fn words(context: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| count(split(s, context.blanks()).count()))
}

fn wordindex(context: &mut Context, args: &Args) -> Outcome {
    let number = whole(args, 1).unwrap_or(1) - 1;
    text(args, 0, |s| {
        let found = split(s, context.blanks()).nth(number);
        count(found.map_or(0, |(at, _)| at + 1))
    })
}

fn wordlength(context: &mut Context, args: &Args) -> Outcome {
    let number = whole(args, 1).unwrap_or(1) - 1;
    text(args, 0, |s| {
        let found = split(s, context.blanks()).nth(number);
        count(found.map_or(0, |(_, word)| word.len()))
    })
}

fn subword(context: &mut Context, args: &Args) -> Outcome {
    let first = whole(args, 1).unwrap_or(1) - 1;
    text(args, 0, |s| {
        let span = span(s, context.blanks(), first, whole(args, 2));
        Ok(Value::from_bytes(
            span.map_or(&b""[..], |(from, to)| &s[from..to]),
        ))
    })
}

fn delword(context: &mut Context, args: &Args) -> Outcome {
    let first = whole(args, 1).unwrap_or(1) - 1;
    text(args, 0, |s| {
        let mut all = split(s, context.blanks());
        let Some((start, _)) = all.nth(first) else {
            return Ok(args[0].clone().unwrap_or_default());
        };
        let end = match whole(args, 2) {
            Some(0) => start,
            Some(n) => {
                // The first word that stays; the blanks before it go too.
                if n > 1 {
                    all.nth(n - 2);
                }
                all.next().map_or(s.len(), |(at, _)| at)
            }
            None => s.len(),
        };
        Ok(Value::from_vec([&s[..start], &s[end..]].concat()))
    })
}

fn wordpos(context: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |phrase, s| {
        position(s, phrase, args, context.blanks())
    })
}

fn find(context: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |s, phrase| {
        position(s, phrase, args, context.blanks())
    })
}

fn position(s: &[u8], phrase: &[u8], args: &Args, blank: impl Fn(u8) -> bool + Copy) -> Outcome {
    let from = whole(args, 2).unwrap_or(1) - 1;
    let mut wanted = split(phrase, blank);
    let Some((_, first)) = wanted.next() else {
        return count(0);
    };
    let here = split(s, blank).enumerate().skip(from);
    if wanted.next().is_none() {
        let mut here = here;
        let found = here.find(|(_, (_, word))| *word == first);
        return count(found.map_or(0, |(number, _)| number + 1));
    }
    // A phrase of more words than there is room for is not looked at any further.
    let most = s.len().div_ceil(2);
    let words = split(phrase, blank).map(|(_, word)| word);
    let phrase: Vec<&[u8]> = words.take(most + 1).collect();
    if phrase.len() > most {
        return count(0);
    }
    let back = fallbacks(&phrase);
    let mut matched = 0;
    for (number, (_, word)) in here {
        while matched > 0 && phrase[matched] != word {
            matched = back[matched - 1];
        }
        if phrase[matched] == word {
            matched += 1;
        }
        if matched == phrase.len() {
            return count(number + 2 - matched);
        }
    }
    count(0)
}

/// How many words of the phrase are matched still when one more did not fit (Knuth, Morris and Pratt).
fn fallbacks(phrase: &[&[u8]]) -> Vec<usize> {
    let mut back = vec![0; phrase.len()];
    let mut matched = 0;
    for at in 1..phrase.len() {
        while matched > 0 && phrase[matched] != phrase[at] {
            matched = back[matched - 1];
        }
        if phrase[matched] == phrase[at] {
            matched += 1;
        }
        back[at] = matched;
    }
    back
}

fn space(context: &mut Context, args: &Args) -> Outcome {
    let gap = whole(args, 1).unwrap_or(1);
    let pad = pad(args, 2);
    let blank = context.blanks();
    text(args, 0, |s| {
        // Text that is spaced already comes back as it is, shared.
        let edge = |b: Option<&u8>| b.is_some_and(|b| blank(*b));
        let plain = (gap, pad) == (1, b' ') && !blank(b'\t');
        if plain && !edge(s.first()) && !edge(s.last()) && memchr::memmem::find(s, b"  ").is_none()
        {
            return Ok(args[0].clone().unwrap_or_default());
        }
        if gap > 1 {
            let words = split(s, blank).count();
            context.room(s.len().saturating_add(words.saturating_mul(gap)))?;
        }
        let mut out = Vec::with_capacity(s.len());
        for (_, word) in split(s, blank) {
            if !out.is_empty() {
                out.resize(out.len() + gap, pad);
            }
            out.extend_from_slice(word);
        }
        Ok(Value::from_vec(out))
    })
}

fn justify(context: &mut Context, args: &Args) -> Outcome {
    let width = whole(args, 1).unwrap_or(0);
    let pad = pad(args, 2);
    context.room(width)?;
    text(args, 0, |s| {
        let mut line: Vec<u8> = Vec::with_capacity(s.len().min(width));
        for (_, word) in split(s, context.blanks()) {
            // Nothing behind the width shows.
            if line.len() >= width {
                break;
            }
            if !line.is_empty() {
                line.push(b' ');
            }
            line.extend_from_slice(&word[..word.len().min(width)]);
        }
        line.truncate(width);
        let line = line.strip_suffix(b" ").unwrap_or(&line);
        let gaps = line.iter().filter(|b| **b == b' ').count();
        let extra = width - line.len();
        let mut out = Vec::with_capacity(width);
        let mut seen = 0;
        for &b in line {
            if b != b' ' {
                out.push(b);
                continue;
            }
            // What does not divide evenly goes to the gaps on the left.
            seen += 1;
            let wide = 1 + extra / gaps + usize::from(seen <= extra % gaps);
            out.resize(out.len() + wide, pad);
        }
        out.resize(width, pad);
        Ok(Value::from_vec(out))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use crate::rexx::Dialect;

    #[test]
    fn cases_of_the_manual() {
        Bench::new().table(
            r"
            DELWORD('Now is the  time',2,2) == 'Now time'
            DELWORD('Now is the time ',3) == 'Now is '
            DELWORD('Now time',5) == 'Now time'
            DELWORD('Now is  the time',2,0) == 'Now is  the time'
            DELWORD('  a b','1') == '  '
            DELWORD('  a b',1,1) == '  b'
            FIND('now is the time','is the time') == 2
            FIND('now is  the time','is    the') == 2
            FIND('now is the time','is  time ') == 0
            FIND('a b a b c','a b c') == 3
            FIND('a b a b c','a b',2) == 3
            JUSTIFY('The blue sky',14) == 'The  blue  sky'
            JUSTIFY('The blue sky',8) == 'The blue'
            JUSTIFY('The blue sky',9) == 'The  blue'
            JUSTIFY('The blue sky',9,'+') == 'The++blue'
            JUSTIFY('a b c',8) == 'a   b  c'
            JUSTIFY('word',8) == 'word    '
            JUSTIFY('',3,'.') == '...'
            JUSTIFY('a b',0) == ''
            SPACE('abc  def  ') == 'abc def'
            SPACE('  abc def',3) == 'abc   def'
            SPACE('abc  def  ',1) == 'abc def'
            SPACE('abc  def  ',0) == 'abcdef'
            SPACE('abc  def  ',2,'+') == 'abc++def'
            SPACE('') == ''
            SUBWORD('Now is the  time',2,2) == 'is the'
            SUBWORD('Now is the  time',3) == 'the  time'
            SUBWORD('Now is the  time ',3) == 'the  time'
            SUBWORD('Now is the time',5) == ''
            SUBWORD(' a  b ',1,9) == 'a  b'
            SUBWORD('a b',1,0) == ''
            WORD('Now is the time',3) == 'the'
            WORD('Now is the time',5) == ''
            WORD('   ',1) == ''
            WORDINDEX('Now is the time',3) == 8
            WORDINDEX('Now is the time',6) == 0
            WORDLENGTH('Now comes the time',2) == 5
            WORDLENGTH('Now is the time',6) == 0
            WORDPOS('the','now is the time') == 3
            WORDPOS('The','now is the time') == 0
            WORDPOS('is   the','now is the time') == 2
            WORDPOS('is   time ','now is   the time') == 0
            WORDPOS('be','To be or not to be') == 2
            WORDPOS('be','To be or not to be',3) == 6
            WORDPOS('','a b') == 0
            WORDPOS('a b','a') == 0
            WORDS('Now is the time') == 4
            WORDS(' ') == 0
            WORD('a b',0) ! 40.14 WORD|2|0
            ",
        );
    }

    #[test]
    fn a_tab_separates_words_only_at_the_standards_level() {
        let mut bench = Bench::new();
        assert_eq!(bench.text("WORDS('610962'x)"), "1");
        bench.dialect = Dialect::Ansi;
        assert_eq!(bench.text("WORDS('610962'x)"), "2");
    }
}
