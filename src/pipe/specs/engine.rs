//! The machine that runs a plan: it builds the line, and comes back when a record is to be written or read.

use std::borrow::Cow;

use super::convert::convert;
use super::eval::{Memory, bounded, stripped};
use super::expr::{END, Expr, Level};
use super::plan::{Align, AtEnd, Field, Length, Out, Place, Plan, Print, Source, Step};
use super::value::Value;
use crate::base::msg::fpl;
use crate::base::record::Builder;
use crate::base::{Clock, Record};
use crate::pipe::args::Fault;

/// How many times WHILE goes round before other stages may run.
const TURNS: u32 = 50;

/// The columns that PRINT fills when there is no picture.
const PRINT_WIDTH: usize = 11;

/// The columns of a record number.
const NUMBER_WIDTH: usize = 10;

/// What the machine needs to go on.
pub(super) enum Need {
    /// A record is to be written to an output stream.
    Write(usize, Record),
    /// The record of a reading station is to be replaced by the next one.
    Read(usize, AtEnd),
    /// Nothing, but it has run for a while.
    Pause,
    /// The cycle is done.
    Done,
}

pub(super) struct Engine {
    pub memory: Memory,
    line: Builder,
    /// The next step.
    at: usize,
    station: usize,
    output: usize,
    /// Whether the cycle writes a record at its end.
    writes: bool,
    /// The field identifiers that have had a value.
    seen: [bool; 54],
    pub clock: Option<Clock>,
    /// The output streams that were given by identifier.
    pub outputs: Vec<usize>,
    turns: u32,
    scratch: Vec<u8>,
}

impl Engine {
    pub fn new(plan: &Plan) -> Engine {
        Engine {
            memory: Memory::new(plan.counters, plan.page),
            line: Builder::default(),
            at: 0,
            station: 0,
            output: 0,
            writes: true,
            seen: [false; 54],
            clock: None,
            outputs: Vec::new(),
            turns: 0,
            scratch: Vec::new(),
        }
    }

    /// Begins a cycle for new records, of which this is the first reading station's.
    pub fn begin(&mut self, plan: &Plan, record: &[u8]) {
        self.memory.cycle += 1;
        self.memory.level = 0;
        let done = plan.layout.steps > 0 && plan.layout.apply(record, self.line.line());
        self.reset(if done { plan.layout.steps } else { 0 });
    }

    /// Begins the run-out cycle at a step.
    pub fn run_out(&mut self, at: usize) {
        self.memory.eof = true;
        self.memory.level = END;
        self.reset(at);
    }

    fn reset(&mut self, at: usize) {
        self.at = at;
        self.station = 0;
        self.output = 0;
        self.writes = true;
    }

    /// Runs until something is needed; `records` are those of the reading stations.
    ///
    /// # Errors
    /// Those of conversions, expressions and pictures; 1354 a computed column.
    pub fn run(&mut self, plan: &Plan, records: &[Record]) -> Result<Need, Fault> {
        while let Some(step) = plan.steps.get(self.at) {
            self.at += 1;
            if plan.members {
                let record = records.get(self.station);
                self.memory.record = record.cloned().unwrap_or_else(Record::null);
            }
            match step {
                Step::Field(field) => {
                    let record = records.get(self.station).map_or(&[][..], |r| r);
                    self.field(plan, field, record)?;
                }
                Step::Set(expr) => self.memory.set(expr)?,
                Step::Unless(expr, to) => {
                    if !self.memory.is_true(expr)? {
                        self.at = *to;
                    }
                }
                Step::UnlessBreak(level, to) => {
                    if self.memory.level < *level {
                        self.at = *to;
                    }
                }
                Step::Jump(to) => self.at = *to,
                Step::Again(to) => {
                    self.at = *to;
                    self.turns += 1;
                    if self.turns >= TURNS {
                        self.turns = 0;
                        return Ok(Need::Pause);
                    }
                }
                // The second reading station is the first one of the cycle before.
                Step::Read(_) if self.station == 1 => {
                    return Err(Fault::new(&fpl::FPLSPC167E, &[]));
                }
                Step::Read(at_end) => return Ok(Need::Read(self.station, *at_end)),
                Step::Write => return Ok(Need::Write(self.output, self.line.finish())),
                Step::NoWrite => self.writes = false,
                Step::Select(station) => self.station = *station,
                Step::Output(Out::Number(n)) => self.output = *n,
                Step::Output(Out::Named(n)) => {
                    self.output = self.outputs.get(*n).copied().unwrap_or(0);
                }
                Step::End => break,
            }
        }
        Ok(Need::Done)
    }

    /// Ends a cycle: what it writes.
    pub fn end(&mut self, plan: &Plan) -> Option<(usize, Record)> {
        let printed = match plan.print {
            Print::Always => true,
            Print::Only(level) => self.memory.level >= level,
        };
        if self.writes && printed {
            return Some((self.output, self.line.finish()));
        }
        if !(plan.keep && self.writes) {
            self.line.line().clear();
        }
        None
    }

    /// Puts one field into the line.
    fn field(&mut self, plan: &Plan, field: &Field, record: &[u8]) -> Result<(), Fault> {
        if let Source::Columns(first, after) = &field.source
            && field.is_plain()
        {
            let after = (*after).min(record.len());
            let value = record.get(*first..after).unwrap_or_default();
            if append(self.line.line(), &field.place, field.pad, value) {
                return Ok(());
            }
        }
        let value: &[u8] = match &field.source {
            Source::Columns(first, after) => {
                let after = (*after).min(record.len());
                record.get(*first..after).unwrap_or_default()
            }
            Source::Range(range) => range.of(record),
            Source::Text(text) => text,
            other => {
                let mut scratch = std::mem::take(&mut self.scratch);
                scratch.clear();
                let done = match self.made(other, &mut scratch) {
                    Ok(()) => self.put_value(plan, field, &scratch),
                    fault => fault,
                };
                self.scratch = scratch;
                return done;
            }
        };
        self.put_value(plan, field, value)
    }

    /// Converts and keeps a field's value as it is wanted, and puts it into the line.
    fn put_value(&mut self, plan: &Plan, field: &Field, value: &[u8]) -> Result<(), Fault> {
        if field.is_plain() && append(self.line.line(), &field.place, field.pad, value) {
            return Ok(());
        }
        let value = match field.strip {
            true => stripped(value),
            false => value,
        };
        let value = match field.conversion {
            Some(conversion) if !value.is_empty() => {
                Cow::Owned(convert(conversion, value, self.memory.page)?)
            }
            _ => Cow::Borrowed(value),
        };
        if let Some(id) = field.id {
            self.keep(plan, id, &value);
        }
        match field.place {
            Place::None if matches!(field.length, Length::Own) => Ok(()),
            _ => self.place(field, &value),
        }
    }

    /// The value of a source that is neither in the record nor in the list.
    fn made(&mut self, source: &Source, out: &mut Vec<u8>) -> Result<(), Fault> {
        match source {
            Source::Number { from, by } => {
                let past = by.saturating_mul(self.memory.cycle - 1);
                Value::from(from.saturating_add(past)).write(out);
                fill(out, NUMBER_WIDTH);
            }
            Source::Clock => {
                let tod = self.clock.as_ref().map_or(0, Clock::tod);
                let page = self.memory.page;
                out.extend(tod.to_be_bytes().map(|code| page.to_host(code)));
            }
            Source::Kept(id) => out.extend_from_slice(&self.memory.fields[usize::from(*id)]),
            Source::Print(expr, Some(picture)) => {
                let n = self.memory.num(expr)?;
                picture.edit(&n, out)?;
            }
            Source::Print(expr, None) => match self.memory.value(expr)? {
                Value::Text(text) => out.extend_from_slice(&text),
                Value::Num(n) => {
                    n.write(out);
                    fill(out, PRINT_WIDTH);
                }
            },
            Source::Columns(..) | Source::Range(_) | Source::Text(_) => {}
        }
        Ok(())
    }

    /// Keeps the value of a field identifier; sets the break level when it is another than before.
    fn keep(&mut self, plan: &Plan, id: Level, value: &[u8]) {
        let n = usize::from(id);
        let kept = &mut self.memory.fields[n];
        if plan.breaks[n] && (!self.seen[n] || kept != value) {
            self.memory.level = self.memory.level.max(id);
        }
        self.seen[n] = true;
        kept.clear();
        kept.extend_from_slice(value);
    }

    /// The value of a computed column or length.
    fn computed(&mut self, expr: &Expr, least: i64) -> Result<usize, Fault> {
        let n = self.memory.num(expr)?;
        let whole = n.whole().filter(|&v| v >= least);
        let size = whole.and_then(|v| usize::try_from(v).ok());
        size.map(bounded).transpose()?.ok_or_else(|| {
            let shown = Value::Num(n).into_text();
            Fault::new(&fpl::FPLSPC1354E, &[&shown])
        })
    }

    /// Puts a value into the line.
    fn place(&mut self, field: &Field, value: &[u8]) -> Result<(), Fault> {
        let length = match &field.length {
            Length::Own => None,
            Length::Fixed(n) => Some(*n),
            Length::Computed(expr) => Some(self.computed(expr, 0)?),
        };
        let computed = match &field.place {
            Place::Computed(expr) => self.computed(expr, 1)?,
            _ => 1,
        };
        if value.is_empty() && length.is_none() {
            return Ok(());
        }
        let line = self.line.line();
        let at = match &field.place {
            Place::None => return Ok(()),
            Place::Column(n) => *n,
            Place::Computed(_) => computed - 1,
            Place::NextWord if !line.is_empty() => {
                line.push(b' ');
                line.len()
            }
            Place::NextField if !line.is_empty() => {
                line.push(b'\t');
                line.len()
            }
            _ => line.len(),
        };
        let length = length.unwrap_or(value.len());
        if line.len() < at + length {
            line.resize(at + length, field.pad);
        }
        let value = match field.trim {
            true => stripped(value),
            false => value,
        };
        put(&mut line[at..at + length], field, value);
        Ok(())
    }
}

/// Puts blanks before a number up to a width.
fn fill(out: &mut Vec<u8>, width: usize) {
    let missing = width.saturating_sub(out.len());
    out.splice(0..0, std::iter::repeat_n(b' ', missing));
}

/// Puts a value that goes to its place as it is; `false` when that is not so simple.
fn append(line: &mut Vec<u8>, place: &Place, pad: u8, value: &[u8]) -> bool {
    if value.is_empty() {
        return true;
    }
    match place {
        Place::Column(n) if *n >= line.len() => line.resize(*n, pad),
        Place::Column(n) => {
            let over = value.len().min(line.len() - n);
            line[*n..*n + over].copy_from_slice(&value[..over]);
            line.extend_from_slice(&value[over..]);
            return true;
        }
        Place::Next => {}
        Place::NextWord if line.is_empty() => {}
        Place::NextWord => line.push(b' '),
        _ => return false,
    }
    line.extend_from_slice(value);
    true
}

/// Aligns a value in its room.
fn put(room: &mut [u8], field: &Field, value: &[u8]) {
    let length = room.len();
    let share = |spare: usize| match field.align {
        Align::Left => 0,
        Align::Center => spare / 2,
        Align::Right => spare,
    };
    if value.len() >= length {
        let start = share(value.len() - length);
        room.copy_from_slice(&value[start..start + length]);
        return;
    }
    let before = share(length - value.len());
    room.fill(field.pad);
    room[before..before + value.len()].copy_from_slice(value);
}
