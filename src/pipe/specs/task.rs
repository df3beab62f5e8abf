//! SPECS as a stage of its own: several input streams in step, READ, the second reading station, loops.
//!
//! Each cycle looks at a record of every stream it uses; they are consumed when the cycle has written. With
//! the second reading station a record is consumed before what is made of it there is written.

use super::engine::{Engine, Need};
use super::plan::{AtEnd, Plan, Step, StopWhen};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::Fault;
use crate::pipe::spec::Direction;
use crate::pipe::stage::{End, Stage, Stop};

/// The streams of a running stage and what stands there.
struct Streams {
    /// The number of each input stream that is read; the primary is the first.
    ports: Vec<usize>,
    /// Whether a record of the stream is looked at and not yet consumed.
    held: Vec<bool>,
    /// The records of the reading stations: first, second, then the other streams.
    records: Vec<Record>,
    /// Whether the second reading station is used.
    second: bool,
}

pub(super) async fn run(s: Stage, plan: Plan) -> End {
    let mut engine = Engine::new(&plan);
    if plan.has(super::parse::asks_time) {
        engine.clock = Some(s.host(|h| h.clock()).await);
    }
    let mut streams = Streams::new(&s, &plan, &mut engine)?;
    loop {
        let gone = streams.look(&s).await?;
        let enough = match plan.stop {
            StopWhen::All => streams.ports.len(),
            StopWhen::Count(n) => n.min(streams.ports.len()),
        };
        if gone >= enough {
            break;
        }
        engine.begin(&plan, &streams.records[0]);
        streams.cycle(&s, &plan, &mut engine).await?;
        streams.consume(&s).await?;
    }
    let Some(at) = plan.run_out else {
        return Ok(());
    };
    streams.let_go();
    engine.run_out(at);
    streams.cycle(&s, &plan, &mut engine).await
}

impl Streams {
    fn new(s: &Stage, plan: &Plan, engine: &mut Engine) -> Result<Streams, Stop> {
        let missing = |name: &[u8]| s.fail(Fault::new(&fpl::FPLSCA178E, &[name]));
        let find = |direction, name: &Vec<u8>| {
            let found = s.find_stream(direction, name);
            found.ok_or_else(|| missing(name))
        };
        let mut ports = vec![0];
        for name in &plan.inputs {
            ports.push(find(Direction::Input, name)?);
        }
        for name in &plan.outputs {
            engine.outputs.push(find(Direction::Output, name)?);
        }
        let known = s.streams().1;
        for step in &plan.steps {
            if let Step::Output(super::plan::Out::Number(n)) = step
                && *n >= known
            {
                return Err(missing(n.to_string().as_bytes()));
            }
        }
        Ok(Streams {
            held: vec![false; ports.len()],
            records: vec![Record::null(); ports.len() + 1],
            second: plan.second,
            ports,
        })
    }

    /// The reading station of a stream.
    fn station(stream: usize) -> usize {
        if stream == 0 { 0 } else { stream + 1 }
    }

    /// Waits for a record on each stream; gives how many are at end of file.
    async fn look(&mut self, s: &Stage) -> Result<usize, Stop> {
        let mut gone = 0;
        for n in 0..self.ports.len() {
            self.next(s, n).await?;
            gone += usize::from(!self.held[n]);
        }
        Ok(gone)
    }

    async fn next(&mut self, s: &Stage, n: usize) -> Result<(), Stop> {
        let next = s.next(self.ports[n]).await?;
        self.held[n] = next.is_some();
        self.records[Self::station(n)] = next.unwrap_or_else(Record::null);
        Ok(())
    }

    async fn consume_one(&mut self, s: &Stage, n: usize) -> Result<(), Stop> {
        if n == 0 && self.second {
            self.records[1] = self.records[0].clone();
        }
        if std::mem::take(&mut self.held[n]) {
            s.readto(self.ports[n]).await?;
        }
        Ok(())
    }

    async fn consume(&mut self, s: &Stage) -> Result<(), Stop> {
        for n in 0..self.ports.len() {
            self.consume_one(s, n).await?;
        }
        Ok(())
    }

    /// No record is looked at any more, but for the second reading station's.
    fn let_go(&mut self) {
        for n in 0..self.ports.len() {
            self.held[n] = false;
            self.records[Self::station(n)] = Record::null();
        }
    }

    async fn cycle(&mut self, s: &Stage, plan: &Plan, engine: &mut Engine) -> End {
        loop {
            let need = engine.run(plan, &self.records);
            match need.map_err(|fault| s.fail(fault))? {
                Need::Done => break,
                Need::Pause => s.suspend().await,
                Need::Write(port, record) => write(s, port, record).await?,
                Need::Read(station, at_end) => {
                    let n = station.saturating_sub(1);
                    self.consume_one(s, n).await?;
                    self.next(s, n).await?;
                    if !self.held[n] && at_end == AtEnd::Stop {
                        break;
                    }
                }
            }
        }
        match engine.end(plan) {
            Some((port, record)) => write(s, port, record).await,
            None => Ok(()),
        }
    }
}

/// Writes a record; a stream without consumer ends the stage only when no other has one.
async fn write(s: &Stage, port: usize, record: Record) -> End {
    match s.output(port, record).await {
        Err(Stop::Eof) if s.has_any_output() => Ok(()),
        other => other,
    }
}
