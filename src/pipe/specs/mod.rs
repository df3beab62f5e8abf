//! SPECS: rearranging records (*User's Guide and Reference*, chapters "SPECS tutorial" and "SPECS reference").
//!
//! A specification list is compiled once to a [`Plan`] of steps; the engine runs them for each record. A list
//! that makes its records of one input record each is a filter, called directly along the line; what reads
//! several streams or more records, or loops, is a stage of its own.
//!
//! | room | holds |
//! |---|---|
//! | `parse`, `plan` | the list, and the steps it is compiled to |
//! | `engine`, `task` | steps are run; streams are read and written |
//! | `expr`, `eval`, `value` | expressions, counters, exact decimal numbers |
//! | `functions` | the function library |
//! | `picture` | how PRINT edits numbers |
//! | `convert` | C2X and its like |

mod convert;
mod engine;
mod eval;
mod expr;
mod functions;
#[cfg(test)]
mod model;
mod parse;
mod picture;
mod plan;
mod task;
#[cfg(test)]
mod tests;
mod value;

use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::stage::Body;

use convert::Conversion;
pub use convert::MOST_PLACES;
use engine::{Engine, Need};
pub use functions::{FUNCTIONS, Function};
pub use parse::{OPERANDS, parse};
pub use plan::Plan;
use plan::Step;

/// What HELP says of expressions.
pub fn notes() -> Vec<String> {
    let rows = FUNCTIONS.iter().copied().flatten();
    let names: Vec<&str> = rows.map(|f| f.name).collect();
    vec![
        "Expressions: #n := += -= *= /= %= //= ||= ; ?: | && & = <> < <= > >= == << >> || + - * / % // ** and !"
            .into(),
        format!("Functions: first eof break number {}", names.join(" ")),
    ]
}

impl Plan {
    /// The streams that the list names must be there, when they are known.
    ///
    /// # Errors
    /// Message 178.
    pub fn check_streams(&self, args: &Args<'_>) -> Result<(), Fault> {
        for name in self.inputs.iter().chain(&self.outputs) {
            args.stream(name)?;
        }
        for step in &self.steps {
            if let Step::Output(plan::Out::Number(n)) = step {
                args.stream(n.to_string().as_bytes())?;
            }
        }
        Ok(())
    }

    /// The stage: a filter, unless it needs more than the record it is given.
    pub fn into_body(self) -> Body {
        let waits = self.has(|s| {
            matches!(s, Step::Read(_) | Step::Select(_) | Step::Again(_)) || parse::asks_time(s)
        });
        match waits || !self.outputs.is_empty() {
            true => Body::task(|s| task::run(s, self)),
            false => Body::filter(Specs {
                engine: Engine::new(&self),
                outputs: 0,
                plan: self,
            }),
        }
    }
}

/// SPECS as a filter.
struct Specs {
    plan: Plan,
    engine: Engine,
    /// How many output streams there are.
    outputs: usize,
}

impl Specs {
    fn cycle(&mut self, records: &[Record], out: &mut Emit) -> Result<(), Fault> {
        loop {
            match self.engine.run(&self.plan, records)? {
                Need::Write(port, record) => self.put(port, record, out)?,
                Need::Done => break,
                // Lists that read or loop are no filters.
                Need::Read(..) | Need::Pause => {}
            }
        }
        match self.engine.end(&self.plan) {
            Some((port, record)) => self.put(port, record, out),
            None => Ok(()),
        }
    }

    fn put(&self, port: usize, record: Record, out: &mut Emit) -> Result<(), Fault> {
        if port >= self.outputs {
            let name = port.to_string();
            return Err(Fault::new(&fpl::FPLSCA102E, &[name.as_bytes()]));
        }
        out.put(port, record);
        Ok(())
    }
}

impl Filter for Specs {
    fn start(&mut self, outputs: &[bool]) {
        self.outputs = outputs.len();
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        self.engine.begin(&self.plan, record);
        match self.cycle(std::slice::from_ref(record), out) {
            Ok(()) => Flow::More,
            Err(fault) => out.fail(fault),
        }
    }

    fn finish(&mut self, out: &mut Emit) {
        let Some(at) = self.plan.run_out else {
            return;
        };
        self.engine.run_out(at);
        if let Err(fault) = self.cycle(&[Record::null()], out) {
            out.fail(fault);
        }
    }
}
