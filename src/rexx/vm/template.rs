//! PARSE: takes a string apart by a template (ANSI X3.274 section 8.3.18; SC24-5770 chapter 5).

use std::ops::Range;

use super::Vm;
use super::store::Slot;
use crate::rexx::ast::Fold;
use crate::rexx::code::{Code, ParseCode, PatternCode, PlaceCode, Reg, Slot2, Source, StepCode};
use crate::rexx::value::{SHORT, short_bytes};
use crate::rexx::{Error, SCRATCH, Scratch, Value};

impl Vm {
    /// Runs a PARSE; `s` is the text for [`Source::Register`].
    #[inline(never)]
    pub(super) fn parse(&mut self, code: &Code, parse: &ParseCode, s: Reg) -> Result<(), Error> {
        if let (Source::Register, Fold::None, [template]) =
            (parse.source, parse.fold, parse.templates.as_slice())
            && let Some(v) = self.peek(code, s)
        {
            let mut room = SCRATCH;
            if let Value::Short(n, bytes) = v {
                room[..SHORT].copy_from_slice(bytes);
                let text = Text {
                    value: &Value::empty(),
                    room: &room,
                    length: usize::from(*n),
                };
                return self.apply(code, parse, template, &text);
            }
            let v = v.clone();
            let text = Text::of(&v, &mut room);
            return self.apply(code, parse, template, &text);
        }
        for (n, template) in parse.templates.iter().enumerate() {
            let text = match parse.source {
                Source::Arg => self.argument(n).unwrap_or_default(),
                _ if n > 0 => Value::empty(),
                Source::Register => self.value(code, s)?,
                Source::Numeric => self.numeric_text(),
                Source::Program => Value::from_bytes(&self.inv.source),
                Source::Version => Value::from_bytes(self.program.dialect.version()),
            };
            if parse.fold != Fold::None {
                self.charge(text.storage())?;
            }
            let text = match parse.fold {
                Fold::None => text,
                Fold::Upper => text.upper(),
                Fold::Lower => Value::from_vec(text.to_vec().to_ascii_lowercase()),
            };
            let mut room = SCRATCH;
            let text = Text::of(&text, &mut room);
            self.apply(code, parse, template, &text)?;
        }
        Ok(())
    }

    /// An argument of the current routine, from 0.
    pub(super) fn argument(&self, n: usize) -> Option<Value> {
        if n >= self.level.args_len as usize {
            return None;
        }
        self.args.get(self.args_start + n).cloned().flatten()
    }

    fn numeric_text(&self) -> Value {
        let numeric = &self.settings.numeric;
        let form = match numeric.form {
            crate::num::Form::Scientific => "SCIENTIFIC",
            crate::num::Form::Engineering => "ENGINEERING",
        };
        Value::from_vec(format!("{} {} {form}", numeric.digits, numeric.fuzz).into_bytes())
    }

    fn apply(
        &mut self,
        code: &Code,
        parse: &ParseCode,
        steps: &[StepCode],
        text: &Text<'_>,
    ) -> Result<(), Error> {
        // Where the piece in hand starts, and where the last pattern matched: what +n counts from.
        let mut from = 0;
        let mut anchor = 0;
        let done = if code.traced || parse.caseless {
            0
        } else {
            self.plain(steps, text, &mut from, &mut anchor)
        };
        let bytes = text.bytes();
        for step in &steps[done..] {
            // After a string, a relative position takes the string in.
            if matches!(step.pattern, PatternCode::Plus(_) | PatternCode::Minus(_)) {
                from = anchor;
            }
            let cut = self.cut(code, parse, &step.pattern, bytes, from, anchor)?;
            if !step.targets.is_empty() {
                self.words(code, &step.targets, text, from..cut.end)?;
            }
            from = cut.next;
            anchor = cut.anchor;
        }
        Ok(())
    }

    /// Works through steps with simple variables and fixed patterns; gives how many those were.
    #[inline]
    fn plain(
        &mut self,
        steps: &[StepCode],
        text: &Text<'_>,
        from: &mut usize,
        anchor: &mut usize,
    ) -> usize {
        let bytes = text.bytes();
        let other = self.program.dialect.other_blank();
        let Some((below, own)) = self.slots.split_at_mut_checked(self.base) else {
            return 0;
        };
        for (n, step) in steps.iter().enumerate() {
            if !step.plain {
                return n;
            }
            // After a string, a relative position takes the string in.
            if matches!(step.pattern, PatternCode::Plus(_) | PatternCode::Minus(_)) {
                *from = *anchor;
            }
            let cut = match &step.pattern {
                PatternCode::End => Cut::at(bytes.len()),
                PatternCode::Text(find) => Cut::found(bytes, find, *from),
                PatternCode::Variable(Slot2::Simple(r)) => match place(below, own, *r) {
                    Slot::Val(Value::Short(n, find)) => {
                        Cut::found(bytes, &find[..usize::from(*n)], *from)
                    }
                    _ => return n,
                },
                PatternCode::At(PlaceCode::Number(n)) => {
                    Cut::position(n.saturating_sub(1).max(0), bytes, *from)
                }
                PatternCode::Plus(PlaceCode::Number(n)) => {
                    Cut::position((*anchor as i64).saturating_add(*n), bytes, *from)
                }
                PatternCode::Minus(PlaceCode::Number(n)) => {
                    Cut::position((*anchor as i64).saturating_sub(*n), bytes, *from)
                }
                _ => return n,
            };
            let mut at = *from;
            if let Some((last, words)) = step.targets.split_last() {
                for target in words {
                    let word = word(bytes, at, cut.end, other);
                    at = cut.end.min(word.end + 1);
                    if let Some(Slot2::Simple(r)) = target {
                        text.store(place(below, own, *r), word);
                    }
                }
                if let Some(Slot2::Simple(r)) = last {
                    text.store(place(below, own, *r), at..cut.end);
                }
            }
            *from = cut.next;
            *anchor = cut.anchor;
        }
        steps.len()
    }

    /// Where a pattern ends the piece that starts at `from`.
    fn cut(
        &mut self,
        code: &Code,
        parse: &ParseCode,
        pattern: &PatternCode,
        text: &[u8],
        from: usize,
        anchor: usize,
    ) -> Result<Cut, Error> {
        Ok(match pattern {
            PatternCode::End => Cut::at(text.len()),
            PatternCode::Text(find) if parse.caseless => Cut::caseless(text, find, from),
            PatternCode::Text(find) => Cut::found(text, find, from),
            PatternCode::Variable(slot) => {
                let find = self.slot_value(code, slot)?;
                let mut room = SCRATCH;
                let find = find.as_bytes(&mut room);
                if parse.caseless {
                    Cut::caseless(text, find, from)
                } else {
                    Cut::found(text, find, from)
                }
            }
            PatternCode::At(place) => {
                let column = self.distance(code, place)?;
                Cut::position(column.saturating_sub(1).max(0), text, from)
            }
            PatternCode::Plus(place) => {
                let n = self.distance(code, place)?;
                Cut::position((anchor as i64).saturating_add(n), text, from)
            }
            PatternCode::Minus(place) => {
                let n = self.distance(code, place)?;
                Cut::position((anchor as i64).saturating_sub(n), text, from)
            }
        })
    }

    fn distance(&mut self, code: &Code, place: &PlaceCode) -> Result<i64, Error> {
        let slot = match place {
            PlaceCode::Number(n) => return Ok(*n),
            PlaceCode::Variable(slot) => slot,
        };
        let v = self.slot_value(code, slot)?;
        let whole = v
            .as_int()
            .or_else(|| v.number()?.whole(&self.settings.numeric));
        whole
            .filter(|n| *n >= 0)
            .ok_or_else(|| v.with_bytes(|b| Error::new(26, 4, &[b])))
    }

    /// Splits a piece into words for its targets; the last one takes what is left as it is.
    fn words(
        &mut self,
        code: &Code,
        targets: &[Option<Slot2>],
        text: &Text<'_>,
        piece: Range<usize>,
    ) -> Result<(), Error> {
        let Range { start: mut at, end } = piece;
        let bytes = text.bytes();
        let other = self.program.dialect.other_blank();
        let last = targets.len() - 1;
        for (n, target) in targets.iter().enumerate() {
            // A single target, or the last of several, keeps its blanks but for the one that ends a word.
            let (from, to) = if n == last {
                (at, end)
            } else {
                let word = word(bytes, at, end, other);
                at = end.min(word.end + 1);
                (word.start, word.end)
            };
            if let Some(slot) = target {
                if to - from > SCRATCH.len() {
                    self.charge(to - from)?;
                }
                self.assign(code, slot, text.piece(from..to))?;
            }
            if code.traced {
                self.trace_parsed(&bytes[from..to], target.is_none());
            }
        }
        Ok(())
    }
}

/// The place of a register.
#[inline(always)]
fn place<'a>(below: &'a mut [Slot], own: &'a mut [Slot], r: Reg) -> &'a mut Slot {
    match own[r as usize] {
        Slot::Ref(to) => &mut below[to as usize],
        _ => &mut own[r as usize],
    }
}

/// The next word, with no blanks around it; `other` separates words like a blank.
#[inline]
fn word(bytes: &[u8], at: usize, end: usize, other: u8) -> Range<usize> {
    let piece = &bytes[at..end];
    let is_blank = |b: u8| b == b' ' || b == other;
    let from = match piece {
        [b, ..] if !is_blank(*b) => 0,
        _ => {
            let blanks = piece.iter().position(|b| !is_blank(*b));
            blanks.unwrap_or(piece.len())
        }
    };
    let to = first(bytes, at + from, end, (b' ', other)).unwrap_or(end);
    at + from..to
}

/// How long a text may be to be searched plainly.
const SMALL: usize = 256;

/// Where one of two bytes stands first from `at` on, but before `end`. Eight bytes at a time, also those
/// behind the end: a byte is found where taking one from it borrows and it was not above 127.
#[inline(always)]
fn first(room: &[u8], mut at: usize, end: usize, (a, b): (u8, u8)) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero = |v: u64| v.wrapping_sub(ONES) & !v & (ONES << 7);
    let (all_a, all_b) = (ONES * u64::from(a), ONES * u64::from(b));
    let far = at + SMALL;
    while at < end {
        let Some(eight) = eight(room, at) else {
            let rest = room[at..end].iter().position(|x| *x == a || *x == b);
            return rest.map(|n| at + n);
        };
        let found = zero(eight ^ all_a) | zero(eight ^ all_b);
        if found != 0 {
            let at = at + found.trailing_zeros() as usize / 8;
            return (at < end).then_some(at);
        }
        at += 8;
        if at > far {
            let rest = room.get(at..end).unwrap_or_default();
            return memchr::memchr2(a, b, rest).map(|n| at + n);
        }
    }
    None
}

/// The eight bytes at a place, of which those past the end of the room are zeros.
#[inline(always)]
fn eight(room: &[u8], at: usize) -> Option<u64> {
    if let Some(eight) = room.get(at..).and_then(<[u8]>::first_chunk) {
        return Some(u64::from_le_bytes(*eight));
    }
    let past = at + 8 - room.len();
    let last = u64::from_le_bytes(*room.last_chunk()?);
    last.checked_shr(8 * past as u32)
}

fn search(text: &[u8], find: &[u8]) -> Option<usize> {
    if text.len() > SMALL {
        return memchr::memmem::find(text, find);
    }
    let mut from = 0;
    while let Some(at) = first(text, from, text.len(), (find[0], find[0])) {
        if text[at..].starts_with(find) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// The text of a PARSE.
struct Text<'a> {
    value: &'a Value,
    /// The bytes, and after those of a short text more that do not count. A short text's value is not asked.
    room: &'a [u8],
    length: usize,
}

impl<'a> Text<'a> {
    #[inline]
    fn of(value: &'a Value, room: &'a mut Scratch) -> Text<'a> {
        if let Value::Short(n, bytes) = value {
            room[..SHORT].copy_from_slice(bytes);
            return Text {
                value,
                room,
                length: usize::from(*n),
            };
        }
        let room = value.as_bytes(room);
        Text {
            value,
            room,
            length: room.len(),
        }
    }

    #[inline]
    fn bytes(&self) -> &'a [u8] {
        &self.room[..self.length]
    }

    fn piece(&self, piece: Range<usize>) -> Value {
        self.value.piece(self.room, self.length, piece)
    }

    /// Stores a piece, over a short string in place.
    #[inline]
    fn store(&self, slot: &mut Slot, piece: Range<usize>) {
        let size = piece.end - piece.start;
        if size > SHORT {
            *slot = Slot::Val(self.piece(piece));
            return;
        }
        let from = short_bytes(self.room, piece.start);
        if let Slot::Val(Value::Short(n, bytes)) = slot {
            *n = size as u8;
            *bytes = from;
        } else {
            *slot = Slot::Val(Value::Short(size as u8, from));
        }
    }
}

/// The end of a piece, where the next one starts, and what relative positions count from.
#[derive(Debug, Clone, Copy)]
struct Cut {
    end: usize,
    next: usize,
    anchor: usize,
}

impl Cut {
    fn at(end: usize) -> Cut {
        Cut {
            end,
            next: end,
            anchor: end,
        }
    }

    /// At a string; a null string and one not found mean the end.
    #[inline(always)]
    fn found(text: &[u8], find: &[u8], from: usize) -> Cut {
        let at = match find {
            [] => None,
            [b] => first(text, from, text.len(), (*b, *b)).map(|at| at - from),
            _ => search(&text[from..], find),
        };
        Cut::length(at, text, find, from)
    }

    /// The same where upper and lower case are one.
    fn caseless(text: &[u8], find: &[u8], from: usize) -> Cut {
        let rest = &text[from..];
        let at = match find.len() {
            0 => None,
            1..=16 => rest
                .windows(find.len())
                .position(|w| w.eq_ignore_ascii_case(find)),
            _ => memchr::memmem::find(&rest.to_ascii_lowercase(), &find.to_ascii_lowercase()),
        };
        Cut::length(at, text, find, from)
    }

    #[inline]
    fn length(at: Option<usize>, text: &[u8], find: &[u8], from: usize) -> Cut {
        match at {
            Some(at) => Cut {
                end: from + at,
                next: from + at + find.len(),
                anchor: from + at,
            },
            None => Cut::at(text.len()),
        }
    }

    /// At a position, counted from 0; one not beyond the start takes the rest of the string.
    fn position(at: i64, text: &[u8], from: usize) -> Cut {
        let at = usize::try_from(at.max(0))
            .unwrap_or(usize::MAX)
            .min(text.len());
        Cut {
            end: if at > from { at } else { text.len() },
            next: at,
            anchor: at,
        }
    }
}
