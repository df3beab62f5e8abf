//! The scanner: from a specification's text to its stages, labels and connectors
//! (*User's Guide and Reference*, chapter Syntax). What a label or a verb means is for [`super::link`].

use pest::Parser;
use pest::iterators::Pair;

use super::args::{self, Fault};
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::base::{Message, abbrev};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/pipe.pest"]
struct Grammar;

/// What the options in parentheses say, of a specification or of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub separator: u8,
    pub end: Option<u8>,
    pub escape: Option<u8>,
    pub name: Vec<u8>,
    pub trace: bool,
    pub listcmd: bool,
    pub listerr: bool,
    pub listrc: bool,
    pub msglevel: u32,
    /// The code page that the options give characters in by their codes.
    pub page: CodePage,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            separator: b'|',
            end: None,
            escape: None,
            name: Vec::new(),
            trace: false,
            listcmd: false,
            listerr: false,
            listrc: false,
            msglevel: 15,
            page: CodePage::Host,
        }
    }
}

/// A scanned specification.
#[derive(Debug)]
pub(super) struct Spec {
    pub options: Options,
    pub pipelines: Vec<Vec<Element>>,
    /// Messages that do not stop the pipeline (19, 45).
    pub warnings: Vec<Message>,
}

/// One place between separators.
#[derive(Debug)]
pub(super) struct Element {
    pub what: What,
    /// The element's text without surrounding blanks, for message 1.
    pub text: Vec<u8>,
    /// Where it starts in the specification, from 0.
    pub at: usize,
}

/// What stands in a place.
#[derive(Debug)]
pub(super) enum What {
    Stage {
        label: Option<Label>,
        options: Options,
        verb: Vec<u8>,
        args: Vec<u8>,
    },
    Reference(Label),
    Connector {
        direction: Option<Direction>,
        stream: Vec<u8>,
    },
}

/// A label with the identifier it gives the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub name: Vec<u8>,
    pub stream: Option<Vec<u8>>,
}

/// The side of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Input,
    Output,
}

/// A scanner error with the place it was found.
#[derive(Debug)]
pub(super) struct ScanError {
    pub message: Message,
    pub at: usize,
    /// The stage and pipeline (from 1) it was found in.
    pub stage: Option<(usize, usize)>,
    /// The text of the stage, when there is one.
    pub text: Vec<u8>,
    /// The options in force there.
    pub options: Box<Options>,
}

const SEPARATOR: char = '\u{E000}';
const END: char = '\u{E001}';
const QUOTED: u32 = 0xE100;

/// The text with separators recognised, and where each character stood.
struct Marked {
    text: String,
    origin: Vec<usize>,
}

impl Marked {
    fn at(&self, offset: usize) -> usize {
        let index = self.text[..offset].chars().count();
        self.origin.get(index).copied().unwrap_or(0)
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b)).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| {
            let code = u32::from(c);
            let code = if code >= QUOTED { code - QUOTED } else { code };
            u8::try_from(code).unwrap_or(b'?')
        })
        .collect()
}

/// Recognises separator, end and escape characters; a doubled separator or end character is data.
fn mark(body: &[u8], from: usize, options: &Options) -> Marked {
    let mut text = String::with_capacity(body.len() + 8);
    let mut origin = Vec::with_capacity(body.len() + 1);
    let quoted = |b: u8| char::from_u32(QUOTED + u32::from(b)).unwrap_or('?');
    let mut i = from;
    while i < body.len() {
        let b = body[i];
        origin.push(i);
        let next = body.get(i + 1).copied();
        if options.escape == Some(b) && next.is_some() {
            text.push(quoted(body[i + 1]));
            i += 2;
        } else if b == options.separator || options.end == Some(b) {
            if next == Some(b) {
                text.push(quoted(b));
                i += 2;
            } else {
                text.push(if b == options.separator {
                    SEPARATOR
                } else {
                    END
                });
                i += 1;
            }
        } else {
            text.push(char::from(b));
            i += 1;
        }
    }
    origin.push(body.len());
    Marked { text, origin }
}

/// Scans a specification; codes in its options are those of a code page.
pub(super) fn scan(spec: &[u8], page: CodePage) -> Result<Spec, ScanError> {
    let plain = |message: Message, at: usize, options: &Options| ScanError {
        message,
        at,
        stage: None,
        text: Vec::new(),
        options: Box::new(options.clone()),
    };
    let mut options = Options {
        page,
        ..Options::default()
    };
    if args::trim(spec).is_empty() {
        return Err(plain(fpl::FPLSCA256I.with(&[]), 0, &options));
    }
    let from =
        global(spec, &mut options).map_err(|(at, fault)| plain(fault.message, at, &options))?;
    if args::trim(&spec[from..]).is_empty() {
        return Err(plain(fpl::FPLSCA256I.with(&[]), spec.len(), &options));
    }
    let marked = mark(spec, from, &options);
    let Ok(mut pairs) = Grammar::parse(Rule::specification, &marked.text) else {
        return Err(plain(fpl::FPLSCA017E.with(&[]), from, &options));
    };
    let mut found = Vec::new();
    let Some(whole) = pairs.next() else {
        return Err(plain(fpl::FPLSCA012E.with(&[]), from, &options));
    };
    for pair in whole.into_inner() {
        if pair.as_rule() == Rule::pipeline {
            found.push(pair);
        }
    }
    let mut scanner = Scanner {
        marked: &marked,
        options: &options,
        warnings: Vec::new(),
        stage: 0,
        pipeline: 0,
    };
    let mut pipelines = Vec::new();
    let last = found.len();
    for (n, pair) in found.into_iter().enumerate() {
        let blank = pair.as_str().trim().is_empty();
        // A leading or a trailing end character stands before or after nothing.
        if blank && last > 1 && (n == 0 || n + 1 == last) {
            continue;
        }
        scanner.pipeline += 1;
        pipelines.push(scanner.pipeline(pair)?);
    }
    if pipelines.is_empty() {
        return Err(plain(fpl::FPLSCA012E.with(&[]), from, &options));
    }
    Ok(Spec {
        warnings: scanner.warnings,
        options,
        pipelines,
    })
}

struct Scanner<'a> {
    marked: &'a Marked,
    options: &'a Options,
    warnings: Vec<Message>,
    stage: usize,
    pipeline: usize,
}

impl Scanner<'_> {
    fn error(&self, message: Message, pair: &Pair<'_, Rule>) -> ScanError {
        ScanError {
            message,
            at: self.marked.at(pair.as_span().start()),
            stage: Some((self.stage, self.pipeline)),
            text: args::trim(&bytes_of(pair.as_str())).to_vec(),
            options: Box::new(self.options.clone()),
        }
    }

    /// A pipeline without stages.
    fn null_pipeline(&self, pair: &Pair<'_, Rule>) -> ScanError {
        ScanError {
            stage: None,
            text: Vec::new(),
            ..self.error(fpl::FPLSCA012E.with(&[]), pair)
        }
    }

    fn pipeline(&mut self, pair: Pair<'_, Rule>) -> Result<Vec<Element>, ScanError> {
        let whole = pair.clone();
        let elements: Vec<_> = pair.into_inner().collect();
        let last = elements.len();
        if last == 1 && elements[0].as_str().trim().is_empty() {
            return Err(self.null_pipeline(&whole));
        }
        let mut out = Vec::new();
        self.stage = 0;
        for (n, element) in elements.into_iter().enumerate() {
            // A separator may lead or trail the pipeline.
            if element.as_str().trim().is_empty() && (n == 0 || n + 1 == last) {
                continue;
            }
            self.stage += 1;
            out.push(self.element(element)?);
        }
        if out.is_empty() {
            return Err(self.null_pipeline(&whole));
        }
        self.connectors(&out)?;
        Ok(out)
    }

    /// Connectors stand first or last, and not alone.
    fn connectors(&self, elements: &[Element]) -> Result<(), ScanError> {
        let last = elements.len() - 1;
        for (n, element) in elements.iter().enumerate() {
            let message = match element.what {
                What::Connector { .. } if last == 0 => fpl::FPLSCA195E.with(&[]),
                What::Connector { .. } if n != 0 && n != last => {
                    fpl::FPLSCA099E.with(&[&element.text])
                }
                _ => continue,
            };
            return Err(ScanError {
                message,
                at: element.at,
                stage: Some((n + 1, self.pipeline)),
                text: element.text.clone(),
                options: Box::new(self.options.clone()),
            });
        }
        Ok(())
    }

    fn element(&mut self, pair: Pair<'_, Rule>) -> Result<Element, ScanError> {
        let at = self.marked.at(pair.as_span().start());
        let text = args::trim(&bytes_of(pair.as_str())).to_vec();
        let Some(inner) = pair.clone().into_inner().next() else {
            return Err(self.error(fpl::FPLSCA017E.with(&[]), &pair));
        };
        let what = match inner.as_rule() {
            Rule::connector => connector(args::trim(&bytes_of(inner.as_str())))
                .map_err(|message| self.error(message, &pair))?,
            Rule::stage => self.stage(inner)?,
            _ => return Err(self.error(fpl::FPLSCA017E.with(&[]), &pair)),
        };
        Ok(Element { what, text, at })
    }

    fn stage(&mut self, pair: Pair<'_, Rule>) -> Result<What, ScanError> {
        let whole = pair.clone();
        let mut label = None;
        let mut options = Options {
            name: Vec::new(),
            ..self.options.clone()
        };
        let mut verb = Vec::new();
        let mut argument = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::label => label = Some(self.label(&part)?),
                Rule::local => self.local(part, &mut options)?,
                Rule::verb => verb = bytes_of(part.as_str()),
                Rule::argument => {
                    let data = part.into_inner().next();
                    argument = data.map(|d| bytes_of(d.as_str())).unwrap_or_default();
                }
                _ => {}
            }
        }
        match (label, verb.is_empty()) {
            (Some(label), true) => Ok(What::Reference(label)),
            (None, true) => Err(self.error(fpl::FPLSCA017E.with(&[]), &whole)),
            (label, false) => Ok(What::Stage {
                label,
                options,
                verb,
                args: argument,
            }),
        }
    }

    fn label(&mut self, pair: &Pair<'_, Rule>) -> Result<Label, ScanError> {
        let text = bytes_of(pair.as_str());
        let text = &text[..text.len() - 1];
        let (name, stream) = match text.iter().position(|&b| b == b'.') {
            Some(dot) => (&text[..dot], Some(&text[dot + 1..])),
            None => (text, None),
        };
        if name.is_empty() {
            return Err(self.error(fpl::FPLSCA043E.with(&[]), pair));
        }
        let valid = |b: &u8| b.is_ascii_alphanumeric() || b"@#$_!?+-%&^~".contains(b) || *b >= 0x80;
        if !name.iter().all(valid) || stream.is_some_and(|s| s.is_empty() || !s.iter().all(valid)) {
            return Err(self.error(fpl::FPLSCA044E.with(&[text]), pair));
        }
        let name = self.shorten(name, 8, &fpl::FPLSCA019W);
        let stream = stream.map(|s| self.shorten(s, 4, &fpl::FPLSCA045W));
        Ok(Label { name, stream })
    }

    fn shorten(&mut self, word: &[u8], most: usize, warning: &'static crate::base::Msg) -> Vec<u8> {
        if word.len() > most {
            self.warnings.push(warning.with(&[word]));
        }
        word[..word.len().min(most)].to_vec()
    }

    fn local(&self, pair: Pair<'_, Rule>, options: &mut Options) -> Result<(), ScanError> {
        let whole = pair.clone();
        let mut words = Vec::new();
        let mut closed = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::option_word => words.push(bytes_of(part.as_str())),
                Rule::local_close => closed = true,
                _ => {}
            }
        }
        if !closed {
            return Err(self.error(fpl::FPLSCA636E.with(&[]), &whole));
        }
        apply(&words, options).map_err(|(_, fault)| self.error(fault.message, &whole))
    }
}

/// Reads a connector: `*[.[INput|OUTput][.stream]]:`.
fn connector(text: &[u8]) -> Result<What, Message> {
    let Some(colon) = text.iter().position(|&b| b == b':') else {
        return Err(fpl::FPLSCA193E.with(&[text]));
    };
    if colon + 1 != text.len() {
        return Err(fpl::FPLSCA098E.with(&[text]));
    }
    let body = &text[1..colon];
    if !body.is_empty() && body[0] != b'.' {
        return Err(fpl::FPLSCA191E.with(&[text]));
    }
    let parts: Vec<&[u8]> = body.split(|&b| b == b'.').skip(1).collect();
    let (direction, stream) = match parts.as_slice() {
        [] => (None, &b""[..]),
        // `*.0:` names a stream, `*.INPUT:` a direction.
        [one] => match side(one) {
            Some(direction) => (Some(direction), &b""[..]),
            None => (None, *one),
        },
        [b"", stream] => (None, *stream),
        [direction, stream] => match side(direction) {
            Some(direction) => (Some(direction), *stream),
            None => return Err(fpl::FPLSCA100E.with(&[direction])),
        },
        _ => return Err(fpl::FPLSCA103E.with(&[body])),
    };
    if stream.len() > 4 && !stream.iter().all(u8::is_ascii_digit) {
        return Err(fpl::FPLPCM165E.with(&[stream]));
    }
    Ok(What::Connector {
        direction,
        stream: stream.to_vec(),
    })
}

/// INPUT or OUTPUT, abbreviated.
pub(super) fn side(word: &[u8]) -> Option<Direction> {
    if abbrev::matches("INput", word) {
        Some(Direction::Input)
    } else if abbrev::matches("OUTput", word) {
        Some(Direction::Output)
    } else {
        None
    }
}

/// Reads the options before the pipeline; gives where the pipeline starts, or where a fault stands.
fn global(spec: &[u8], options: &mut Options) -> Result<usize, (usize, Fault)> {
    if args::trim(spec).first() != Some(&b'(') {
        return Ok(0);
    }
    let text = latin1(spec);
    let Ok(mut pairs) = Grammar::parse(Rule::options, &text) else {
        return Ok(0);
    };
    let Some(pair) = pairs.next() else {
        return Ok(0);
    };
    let place = |offset: usize| text[..offset].chars().count();
    let end = place(pair.as_span().end());
    let mut words = Vec::new();
    let mut places = Vec::new();
    let mut closed = false;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::option => {
                words.push(bytes_of(part.as_str()));
                places.push(place(part.as_span().start()));
            }
            Rule::close => closed = true,
            _ => {}
        }
    }
    if !closed {
        return Err((end, fpl::FPLSCA636E.with(&[]).into()));
    }
    match apply(&words, options) {
        Ok(()) => Ok(end),
        Err((n, fault)) => Err((places.get(n).copied().unwrap_or(end), fault)),
    }
}

/// How an option's word changes the options.
enum Set {
    Separator,
    End,
    Escape,
    Name,
    Trace,
    Listcmd,
    Listerr,
    Listrc,
    Msglevel,
}

const OPTIONS: &[(&str, Set)] = &[
    ("STAGESEP", Set::Separator),
    ("SEParator", Set::Separator),
    ("ENDchar", Set::End),
    ("ESCape", Set::Escape),
    ("NAMe", Set::Name),
    ("TRACE", Set::Trace),
    ("LISTCMD", Set::Listcmd),
    ("LISTERR", Set::Listerr),
    ("LISTRC", Set::Listrc),
    ("MSGlevel", Set::Msglevel),
];

/// Reads options; an error names the word (from 0) that is at fault.
fn apply(words: &[Vec<u8>], options: &mut Options) -> Result<(), (usize, Fault)> {
    let mut n = 0;
    while n < words.len() {
        let taken = apply_one(&words[n..], options).map_err(|fault| (n, fault))?;
        n += taken;
    }
    Ok(())
}

/// Reads one option with its value; gives how many words that were.
fn apply_one(words: &[Vec<u8>], options: &mut Options) -> Result<usize, Fault> {
    let count = words.len();
    let mut words = words.iter();
    if let Some(word) = words.next() {
        let mut on = true;
        let mut key = word.as_slice();
        if key.eq_ignore_ascii_case(b"NO") {
            on = false;
            key = words.next().ok_or_else(|| fpl::FPLSCA015E.with(&[word]))?;
        } else if key.len() > 4 && key[..2].eq_ignore_ascii_case(b"NO") {
            on = false;
            key = &key[2..];
        }
        let Some((_, set)) = abbrev::find(OPTIONS, |o| o.0, key) else {
            return Err(fpl::FPLSCA014E.with(&[word]).into());
        };
        let mut value = || {
            let value = words.next();
            value.ok_or_else(|| Fault::from(fpl::FPLSCA015E.with(&[word])))
        };
        match set {
            Set::Trace => options.trace = on,
            Set::Listcmd => options.listcmd = on,
            Set::Listerr => options.listerr = on,
            Set::Listrc => options.listrc = on,
            Set::Msglevel => {
                let bits = args::unsigned(value()?)?;
                let bits = u32::try_from(bits).unwrap_or(u32::MAX);
                options.msglevel = if on { bits } else { options.msglevel & !bits };
            }
            _ if !on => return Err(fpl::FPLSCA014E.with(&[word]).into()),
            Set::Separator => options.separator = args::xorc(value()?, options.page)?,
            Set::End => options.end = Some(args::xorc(value()?, options.page)?),
            Set::Escape => options.escape = Some(args::xorc(value()?, options.page)?),
            Set::Name => options.name = value()?.clone(),
        }
    }
    Ok(count - words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(spec: &str) -> i32 {
        match scan(spec.as_bytes(), CodePage::Host) {
            Ok(_) => 0,
            Err(e) => e.message.number(),
        }
    }

    fn args_of(spec: &str, pipeline: usize, stage: usize) -> String {
        let spec = scan(spec.as_bytes(), CodePage::Host).unwrap();
        match &spec.pipelines[pipeline][stage].what {
            What::Stage { args, .. } => String::from_utf8(args.clone()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn separators_as_data() {
        assert_eq!(args_of("literal a||b| console", 0, 0), "a|b");
        assert_eq!(args_of("(esc %) literal a%|b | console", 0, 0), "a|b ");
        assert_eq!(
            args_of("(sep ! end ?) literal a|b??c ! console ? hole", 0, 0),
            "a|b?c "
        );
        assert_eq!(args_of("literal  two ", 0, 0), " two ");
        assert_eq!(args_of("literal", 0, 0), "");
    }

    #[test]
    fn every_scanner_message() {
        for (spec, n) in [
            ("", 256),
            ("()", 256),
            ("( blah", 636),
            ("(blah) hole", 14),
            ("(end) hole", 15),
            ("(end abc) hole", 50),
            ("(msglevel x) hole", 58),
            ("literal a | | hole", 17),
            ("literal a | ? hole", 0),
            ("(end ?) literal a | hole ? ? hole", 12),
            ("|", 12),
            ("| literal a | hole |", 0),
            ("(end \\) \\ literal a | hole \\", 0),
            (": hole", 43),
            ("a/b: hole", 44),
            ("abcdefghi: hole", 0),
            ("*", 193),
            ("*:", 195),
            ("*: | hole", 0),
            ("*: hole", 98),
            ("hole | *: | hole", 99),
            ("*x: | hole", 191),
            ("*.x.0: | hole", 100),
            ("*.x.x.0: | hole", 103),
            ("*.in.abcde: | hole", 165),
            ("*..*: | hole", 0),
            ("(msg 7) literal a | (trace hole", 636),
        ] {
            assert_eq!(number(spec), n, "{spec}");
        }
    }

    #[test]
    fn options_and_their_no_forms() {
        let of = |s: &str| scan(s.as_bytes(), CodePage::Host).unwrap().options;
        let o = of("(END ? LISTCMD LISTERR LISTRC MSGLEVEL 7 NAME x:line SEP 6f TRACE) hole");
        assert!(o.trace && o.listcmd && o.listerr && o.listrc);
        assert_eq!((o.end, o.separator, o.msglevel), (Some(b'?'), 0x6f, 7));
        assert_eq!(o.name, b"x:line");
        assert_eq!(of("(MSGLEVEL 7 NOMSGLEVEL 6) hole").msglevel, 1);
        assert_eq!(of("(MSGLEVEL 7 NO MSG 15) hole").msglevel, 0);
    }

    #[test]
    fn labels_have_stream_identifiers() {
        let spec = scan(
            b"(end ?) a.up: locate /x/ ? a.low: | hole ? abcdefghij: hole",
            CodePage::Host,
        )
        .unwrap();
        let What::Stage { label, .. } = &spec.pipelines[0][0].what else {
            panic!()
        };
        assert_eq!(label.as_ref().unwrap().stream.as_deref(), Some(&b"up"[..]));
        assert!(matches!(&spec.pipelines[1][0].what, What::Reference(l) if l.name == b"a"));
        assert_eq!(spec.warnings[0].number(), 19);
    }
}
