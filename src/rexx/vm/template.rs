//! PARSE: takes a string apart by a template (ANSI X3.274 section 8.3.18; SC24-5770 chapter 5).

use super::Vm;
use crate::rexx::ast::Fold;
use crate::rexx::code::{Code, ParseCode, PatternCode, PlaceCode, Reg, Slot2, Source, StepCode};
use crate::rexx::{Dialect, Error, SCRATCH, Value};

/// What PARSE VERSION gives: language, level and date of this release.
const VERSION_CMS: &[u8] = b"REXXvmshare 4.02 21 Nov 2026";
const VERSION_ANSI: &[u8] = b"REXXvmshare 5.00 21 Nov 2026";

impl Vm {
    /// Runs a PARSE; `s` is the text for [`Source::Register`].
    pub(super) fn parse(&mut self, code: &Code, parse: &ParseCode, s: Reg) -> Result<(), Error> {
        for (n, template) in parse.templates.iter().enumerate() {
            let text = match parse.source {
                Source::Arg => self.argument(n).unwrap_or_default(),
                _ if n > 0 => Value::empty(),
                Source::Register => self.value(code, s)?,
                Source::Numeric => self.numeric_text(),
                Source::Program => Value::from_bytes(&self.inv.source),
                Source::Version => Value::from_bytes(match self.program.dialect {
                    Dialect::Cms => VERSION_CMS,
                    Dialect::Ansi => VERSION_ANSI,
                }),
            };
            let text = match parse.fold {
                Fold::None => text,
                Fold::Upper => text.upper(),
                Fold::Lower => Value::from_vec(text.to_vec().to_ascii_lowercase()),
            };
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
        text: &Value,
    ) -> Result<(), Error> {
        let mut room = SCRATCH;
        let text = text.as_bytes(&mut room);
        // Where the piece in hand starts, and where the last pattern matched: what +n counts from.
        let mut from = 0;
        let mut anchor = 0;
        for step in steps {
            let cut = self.cut(code, parse, &step.pattern, text, from, anchor)?;
            if !step.targets.is_empty() {
                self.words(code, &step.targets, &text[from..cut.end])?;
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
            PatternCode::Text(find) => Cut::found(text, find, from, parse.caseless),
            PatternCode::Variable(slot) => {
                let find = self.slot_value(code, slot)?;
                let mut room = SCRATCH;
                Cut::found(text, find.as_bytes(&mut room), from, parse.caseless)
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
    fn words(&mut self, code: &Code, targets: &[Option<Slot2>], piece: &[u8]) -> Result<(), Error> {
        let mut rest = piece;
        let last = targets.len() - 1;
        for (n, target) in targets.iter().enumerate() {
            let value = if n == last {
                rest
            } else {
                let start = rest
                    .iter()
                    .position(|b| !is_blank(*b))
                    .unwrap_or(rest.len());
                let word = &rest[start..];
                let end = word.iter().position(|b| is_blank(*b)).unwrap_or(word.len());
                rest = word.get(end + 1..).unwrap_or_default();
                &word[..end]
            };
            // A single target, or the last of several, keeps its blanks but for the one that ends a word.
            if let Some(slot) = target {
                self.assign(code, slot, Value::from_bytes(value))?;
            }
            if code.traced {
                self.trace_parsed(value, target.is_none());
            }
        }
        Ok(())
    }
}

fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
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
    fn found(text: &[u8], find: &[u8], from: usize, caseless: bool) -> Cut {
        let rest = &text[from..];
        let at = if find.is_empty() {
            None
        } else if caseless {
            rest.windows(find.len())
                .position(|w| w.eq_ignore_ascii_case(find))
        } else if let [b] = find {
            memchr::memchr(*b, rest)
        } else {
            memchr::memmem::find(rest, find)
        };
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
