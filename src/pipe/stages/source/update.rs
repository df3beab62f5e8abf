//! UPDATE: control statements and what they do to numbered lines.

use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::range::Range;
use crate::pipe::stage::{Stage, Stop};

/// A control statement.
enum Control {
    /// Behind this line.
    Insert(u64),
    /// From this line to that one.
    Delete(u64, u64),
    Replace(u64, u64),
    /// The lines are numbered anew.
    Sequence,
    Comment,
}

/// How inserted lines are numbered: the first number and the step.
type Numbers = Option<(u64, u64)>;

fn control(text: &[u8]) -> Result<(Control, Numbers), Fault> {
    let bad = || Fault::new(&fpl::FPLSCA111E, &[args::trim(text)]);
    let mut words = Args::new(text.strip_prefix(b"./").ok_or_else(bad)?, false);
    let verb = words.word().unwrap_or_default().to_ascii_uppercase();
    let number = |words: &mut Args<'_>| args::unsigned(words.need()?);
    let found = match verb.as_slice() {
        b"I" => Control::Insert(number(&mut words)?),
        b"D" | b"R" => {
            let first = number(&mut words)?;
            let last = words.number().unwrap_or(first);
            match verb[0] {
                b'D' => Control::Delete(first, last),
                _ => Control::Replace(first, last),
            }
        }
        b"S" => {
            let first = words.number().unwrap_or(1000);
            let step = words.number().unwrap_or(first);
            return Ok((Control::Sequence, Some((first, step))));
        }
        b"*" => return Ok((Control::Comment, None)),
        _ => return Err(bad()),
    };
    let mut numbers = None;
    if words.keyword("$")
        && let Some(first) = words.number()
    {
        numbers = Some((first, words.number().unwrap_or(10)));
    }
    Ok((found, numbers))
}

struct Update {
    s: Stage,
    range: Range,
}

/// Applies the update on stream 1 to stream 0.
pub async fn run(s: Stage, range: Range) -> Result<(), Stop> {
    let update = Update { s, range };
    let s = &update.s;
    while let Some(record) = s.next(1).await? {
        let (control, numbers) = control(&record).map_err(|fault| s.fail(fault))?;
        s.pass(1, record).await?;
        s.readto(1).await?;
        match control {
            Control::Comment => {}
            Control::Sequence => return update.number(numbers.unwrap_or((1000, 1000))).await,
            Control::Insert(0) => update.insert(numbers).await?,
            Control::Insert(n) => {
                update.copy_to(n).await?;
                let line = s.peekto(0).await?;
                s.pass(0, line).await?;
                s.readto(0).await?;
                update.insert(numbers).await?;
            }
            Control::Delete(first, last) => update.delete(first, last).await?,
            Control::Replace(first, last) => {
                update.delete(first, last).await?;
                update.insert(numbers).await?;
            }
        }
    }
    s.short(0, 0).await
}

impl Update {
    fn sequence(&self, line: &[u8]) -> Option<u64> {
        args::unsigned(args::trim(self.range.of(line))).ok()
    }

    fn missing(&self, n: u64) -> Stop {
        let n = n.to_string();
        self.s.fail(Fault::new(&fpl::FPLUPD225E, &[n.as_bytes()]))
    }

    /// Copies lines up to the one of a number, which stays.
    async fn copy_to(&self, n: u64) -> Result<(), Stop> {
        while let Some(line) = self.s.next(0).await? {
            match self.sequence(&line) {
                Some(here) if here == n => return Ok(()),
                Some(here) if here > n => break,
                _ => {
                    self.s.pass(0, line).await?;
                    self.s.readto(0).await?;
                }
            }
        }
        Err(self.missing(n))
    }

    async fn delete(&self, first: u64, last: u64) -> Result<(), Stop> {
        self.copy_to(first).await?;
        while let Some(line) = self.s.next(0).await? {
            let here = self.sequence(&line);
            if here.is_some_and(|n| n > last) {
                return Err(self.missing(last));
            }
            self.s.readto(0).await?;
            if here == Some(last) {
                return Ok(());
            }
        }
        Err(self.missing(last))
    }

    /// Copies the lines of the update up to the next control statement.
    async fn insert(&self, mut numbers: Numbers) -> Result<(), Stop> {
        while let Some(line) = self.s.next(1).await? {
            if line.starts_with(b"./") {
                return Ok(());
            }
            let numbered = match &mut numbers {
                None => line.clone(),
                Some((next, step)) => {
                    let numbered = self.numbered(&line, *next);
                    *next += *step;
                    numbered
                }
            };
            self.s.pass(0, numbered).await?;
            self.s.pass(1, line).await?;
            self.s.readto(1).await?;
        }
        Ok(())
    }

    /// A line with a number in the last eight columns of a card.
    fn numbered(&self, line: &[u8], n: u64) -> Record {
        let (start, end) = self.range.find(&[b' '; 80]).unwrap_or((72, 80));
        let mut out = line[..line.len().min(start)].to_vec();
        out.resize(start, b' ');
        let width = end - start;
        out.extend_from_slice(format!("{n:0width$}").as_bytes());
        Record::from(out)
    }

    async fn number(&self, (mut next, step): (u64, u64)) -> Result<(), Stop> {
        while let Some(line) = self.s.next(0).await? {
            self.s.pass(0, self.numbered(&line, next)).await?;
            next += step;
            self.s.readto(0).await?;
        }
        Ok(())
    }
}
