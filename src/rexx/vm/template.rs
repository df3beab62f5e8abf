//! PARSE: takes a string apart by a template (ANSI X3.274 section 8.3.18; SC24-5770 chapter 5).

use std::ops::Range;

use super::Vm;
use super::moves::{self, Rest, Window};
use crate::rexx::ast::Fold;
use crate::rexx::code::{
    Code, ParseCode, PatternCode, PlaceCode, Reg, Slot2, Source, StepCode, TemplateCode,
};
use crate::rexx::{Error, SCRATCH, Value};

impl Vm {
    /// Runs a PARSE; `s` is the text for [`Source::Register`].
    #[inline(never)]
    pub(super) fn parse(&mut self, code: &Code, parse: &ParseCode, s: Reg) -> Result<(), Error> {
        for (n, template) in parse.templates.iter().enumerate() {
            let value = match parse.source {
                Source::Arg => self.argument(n).unwrap_or_default(),
                _ if n > 0 => Value::empty(),
                Source::Register => match self.peek(code, s) {
                    Some(v) => v.clone(),
                    None => self.unset(s)?,
                },
                Source::Numeric => self.numeric_text(),
                Source::Program => Value::from_bytes(&self.inv.source),
                Source::Version => Value::from_bytes(self.program.dialect.version()),
            };
            self.take_apart(code, parse, template, value)?;
        }
        Ok(())
    }

    /// Takes one value apart.
    fn take_apart(
        &mut self,
        code: &Code,
        parse: &ParseCode,
        template: &TemplateCode,
        mut value: Value,
    ) -> Result<(), Error> {
        if parse.fold != Fold::None {
            self.charge(value.storage())?;
        }
        value = match parse.fold {
            Fold::None => value,
            Fold::Upper => value.upper(),
            Fold::Lower => Value::from_vec(value.to_vec().to_ascii_lowercase()),
        };
        let mut scratch = SCRATCH;
        let text = value.as_bytes(&mut scratch);
        let rest = match template.moves.is_empty() {
            true => Some(Rest::default()),
            false => self.follow(template, text, Some(&value)),
        };
        match rest {
            None => Ok(()),
            Some(rest) => self.steps(code, parse, &template.steps, text, Some(&value), rest),
        }
    }

    /// Follows the moves of a template; gives where to go on when they do not reach its end.
    fn follow(
        &mut self,
        template: &TemplateCode,
        room: &[u8],
        value: Option<&Value>,
    ) -> Option<Rest> {
        let other = self.program.dialect.other_blank();
        let (below, own) = self.slots.split_at_mut(self.base);
        let text = moves::Text {
            room,
            length: room.len(),
            value,
            other,
        };
        text.follow(&template.moves, &template.steps, &mut Window { below, own })
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

    /// Follows the steps of a template one by one.
    fn steps(
        &mut self,
        code: &Code,
        parse: &ParseCode,
        steps: &[StepCode],
        bytes: &[u8],
        value: Option<&Value>,
        Rest {
            step,
            mut from,
            mut anchor,
        }: Rest,
    ) -> Result<(), Error> {
        let text = Text { value, bytes };
        for step in &steps[step..] {
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
        text: Text<'_>,
        piece: Range<usize>,
    ) -> Result<(), Error> {
        let Range { start: mut at, end } = piece;
        let bytes = text.bytes;
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

/// The next word, with no blanks around it; `other` separates words like a blank.
fn word(bytes: &[u8], at: usize, end: usize, other: u8) -> Range<usize> {
    let is_blank = |b: &u8| *b == b' ' || *b == other;
    let blanks = bytes[at..end].iter().position(|b| !is_blank(b));
    let from = blanks.map_or(end, |n| at + n);
    let length = bytes[from..end].iter().position(is_blank);
    from..length.map_or(end, |n| from + n)
}

/// The text of a PARSE, and the value whose text it is.
#[derive(Clone, Copy)]
struct Text<'a> {
    value: Option<&'a Value>,
    bytes: &'a [u8],
}

impl Text<'_> {
    fn piece(&self, piece: Range<usize>) -> Value {
        match self.value {
            Some(value) => value.piece(self.bytes, piece),
            None => Value::from_bytes(&self.bytes[piece]),
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
    fn found(text: &[u8], find: &[u8], from: usize) -> Cut {
        let at = match find {
            [] => None,
            _ => memchr::memmem::find(&text[from..], find),
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
