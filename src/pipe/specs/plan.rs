//! What a specification list is compiled to: steps with jumps.

use super::Conversion;
use super::expr::{Expr, Level};
use super::picture::Picture;
use crate::base::codepage::CodePage;
use crate::pipe::range::Range;

/// What SPECS does for each record, and at end of file.
#[derive(Debug)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    /// What the first steps make of a record that is long enough for them.
    pub(super) layout: Layout,
    /// The first step of the run-out cycle, if there is one.
    pub(super) run_out: Option<usize>,
    /// Which cycles write a record at their end.
    pub(super) print: Print,
    /// Whether the line is kept when it is not written (PRINTONLY KEEP).
    pub(super) keep: bool,
    /// When the stage stops because of its input streams.
    pub(super) stop: StopWhen,
    /// How many counters there are.
    pub(super) counters: usize,
    /// The field identifiers whose changes are control breaks.
    pub(super) breaks: [bool; 54],
    /// Whether the second reading station is used.
    pub(super) second: bool,
    /// Whether expressions use members of structures.
    pub(super) members: bool,
    /// The input streams other than the primary that are used.
    pub(super) inputs: Vec<Vec<u8>>,
    /// The output streams that are given by identifier.
    pub(super) outputs: Vec<Vec<u8>>,
    /// What codes conversions show and take.
    pub(super) page: CodePage,
}

/// Which cycles write a record at their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Print {
    Always,
    /// Those where this break level is established (END: only the run-out cycle).
    Only(Level),
}

/// STOP: when the stage stops because of its input streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopWhen {
    /// All are at end of file.
    All,
    /// So many are at end of file.
    Count(usize),
}

/// Steps at the beginning of a list that move columns and literals to places which are always the same: done
/// at once when the record has all the columns.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// How many steps these are.
    pub steps: usize,
    /// The length of a record that has all the columns.
    need: usize,
    /// The line, without the columns.
    template: Vec<u8>,
    /// The columns: the first and the one after the last in the record, and where they go.
    moves: Vec<(usize, usize, usize)>,
}

impl Layout {
    /// The layout that the first steps have.
    pub fn of(steps: &[Step]) -> Layout {
        let mut layout = Layout::default();
        for step in steps {
            let Step::Field(field) = step else { break };
            if !layout.take(field) {
                break;
            }
            layout.steps += 1;
        }
        layout
    }

    /// Takes a field up, unless it is one whose place depends on the record.
    fn take(&mut self, field: &Field) -> bool {
        let length = match &field.source {
            Source::Columns(first, after) if *after != usize::MAX => after - first,
            Source::Text(text) => text.len(),
            _ => 0,
        };
        if length == 0 || !field.is_plain() {
            return false;
        }
        match field.place {
            // A far column is no matter of every record.
            Place::Column(n) if n >= self.template.len() && n < 4096 => {
                self.template.resize(n, field.pad);
            }
            Place::Next => {}
            Place::NextWord if self.template.is_empty() => {}
            Place::NextWord => self.template.push(b' '),
            _ => return false,
        }
        let at = self.template.len();
        match &field.source {
            Source::Columns(first, after) => {
                self.need = self.need.max(*after);
                self.moves.push((*first, *after, at));
                self.template.resize(at + length, b' ');
            }
            Source::Text(text) => self.template.extend_from_slice(text),
            _ => {}
        }
        true
    }

    /// Builds the line; `false` when the record is too short.
    #[inline]
    pub fn apply(&self, record: &[u8], line: &mut Vec<u8>) -> bool {
        if record.len() < self.need || !line.is_empty() {
            return false;
        }
        line.extend_from_slice(&self.template);
        for &(first, after, at) in &self.moves {
            line[at..at + after - first].copy_from_slice(&record[first..after]);
        }
        true
    }
}

/// One step.
#[derive(Debug)]
pub(super) enum Step {
    Field(Field),
    Set(Expr),
    /// Goes on at a step unless the expression is true.
    Unless(Expr, usize),
    /// Goes on at a step unless a break level is established.
    UnlessBreak(Level, usize),
    Jump(usize),
    /// A jump back.
    Again(usize),
    Read(AtEnd),
    Write,
    NoWrite,
    /// SELECT: 0 the first reading station, 1 the second, 2 and up the other input streams.
    Select(usize),
    Output(Out),
    /// The end of the cycle.
    End,
}

/// OUTSTREAM: where records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Out {
    Number(usize),
    /// One of [`Plan::outputs`].
    Named(usize),
}

/// What READ does at end of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtEnd {
    /// Goes on with a null record.
    Null,
    /// Ends the cycle.
    Stop,
}

/// A field: from where, how changed, to where.
#[derive(Debug)]
pub(super) struct Field {
    pub source: Source,
    pub strip: bool,
    pub conversion: Option<Conversion>,
    pub place: Place,
    pub length: Length,
    pub align: Align,
    /// Whether the list says how it is aligned: then blanks around the value do not count.
    pub trim: bool,
    pub pad: u8,
    /// The field identifier, by its number.
    pub id: Option<Level>,
}

#[derive(Debug)]
pub(super) enum Source {
    /// Columns counted from the left: the first, from 0, and the one after the last.
    Columns(usize, usize),
    Range(Range),
    Text(Vec<u8>),
    Number {
        from: i64,
        by: i64,
    },
    Clock,
    Kept(Level),
    Print(Expr, Option<Picture>),
}

#[derive(Debug)]
pub(super) enum Place {
    /// A column, from 0.
    Column(usize),
    Computed(Expr),
    Next,
    NextWord,
    NextField,
    /// Nowhere: the value is only kept.
    None,
}

/// The length of an output field.
#[derive(Debug)]
pub(super) enum Length {
    /// That of the value.
    Own,
    Fixed(usize),
    Computed(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

impl Field {
    /// Whether the bytes of the source go to their place as they are.
    pub fn is_plain(&self) -> bool {
        !self.strip
            && self.conversion.is_none()
            && self.id.is_none()
            && !self.trim
            && matches!(self.length, Length::Own)
    }
}
