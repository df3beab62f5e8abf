//! The linker: from a scanned specification to stages and the streams between them.

use std::collections::HashMap;
use std::rc::Rc;

use super::args::{Args, Fault};
use super::host::Host;
use super::kernel::{Built, EofReport, NewConnector, NewNode, follow_ups, worse};
use super::spec::{self, Direction, Element, Label, Options, What};
use super::stage::Body;
use super::stages::{self, Lookup, Place, Row};
use super::structure::Structures;
use crate::base::msg::fpl;

/// Who issues a specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issuer {
    /// The PIPE command.
    Command,
    /// A stage, by ADDPIPE or CALLPIPE.
    Stage,
}

/// Scans and links a specification; on an error the messages were given to the host and the return code is
/// that of the worst of them.
pub(super) fn build(
    spec: &[u8],
    issuer: Issuer,
    structures: &Structures,
    host: &mut dyn Host,
) -> Result<Built, i32> {
    let scanned = match spec::scan(spec, host.codepage()) {
        Ok(scanned) => scanned,
        Err(e) => {
            let rc = -e.message.number();
            host.message(&e.message);
            let (options, scan) = (&e.options, Some((spec, e.at)));
            for message in follow_ups(options.msglevel, &options.name, e.stage, scan, &e.text) {
                host.message(&message);
            }
            let (at, length) = word_at(spec, e.at);
            host.show_place(spec, at, at + length);
            return Err(rc);
        }
    };
    for warning in &scanned.warnings {
        host.message(warning);
    }
    let mut linker = Linker {
        spec,
        issuer,
        structures,
        options: Rc::new(scanned.options),
        drafts: Vec::new(),
        labels: HashMap::new(),
        links: Vec::new(),
        connectors: Vec::new(),
        rc: 0,
    };
    for (n, pipeline) in scanned.pipelines.into_iter().enumerate() {
        linker.pipeline(n + 1, pipeline, host);
    }
    linker.finish(host)
}

/// A stage while its labels are still being collected.
struct Draft {
    number: usize,
    pipeline: usize,
    text: Vec<u8>,
    options: Rc<Options>,
    verb: Vec<u8>,
    args: Vec<u8>,
    /// The identifiers of its streams so far.
    streams: Vec<Option<Vec<u8>>>,
    inputs_used: Vec<bool>,
    outputs_used: Vec<bool>,
    first: bool,
    /// Where it starts in the specification.
    at: usize,
}

/// The first word from a place in a specification on: where it stands and how long it is.
fn word_at(spec: &[u8], at: usize) -> (usize, usize) {
    let rest = spec.get(at..).unwrap_or_default();
    let blanks = rest.iter().take_while(|b| **b == b' ').count();
    let end = rest[blanks..].iter().position(|b| b" |)".contains(b));
    (at + blanks, end.unwrap_or(rest.len() - blanks))
}

/// Where a stage's operands are at fault, as the place from their end: the word that the message names, else
/// the last one that was read.
struct Within {
    from: usize,
    to: usize,
}

impl Within {
    fn of(args: &Args<'_>, operands: &[u8], fault: &Fault) -> Within {
        let read = operands.len() - args.rest().len();
        let next = args.peek().unwrap_or(b"");
        let from = read + operands[read..].iter().take_while(|b| **b == b' ').count();
        if !next.is_empty() && memchr::memmem::find(&fault.message.text, next).is_some() {
            return Within {
                from,
                to: from + next.len(),
            };
        }
        let to = operands[..read].trim_ascii_end().len();
        let from = operands[..to].iter().rposition(|b| *b == b' ');
        Within {
            from: from.map_or(0, |n| n + 1),
            to,
        }
    }
}

/// Where a fault was found, and how much is said about it.
struct Spot {
    number: usize,
    pipeline: usize,
    msglevel: u32,
    text: Vec<u8>,
    at: usize,
    /// Where the word stands that is at fault, and how long it is.
    word: (usize, usize),
}

/// Why a stage cannot be made.
struct Unmade {
    fault: Fault,
    /// The place in its operands, when it is they.
    place: Option<Within>,
}

impl From<Fault> for Unmade {
    fn from(fault: Fault) -> Unmade {
        Unmade { fault, place: None }
    }
}

struct Linker<'a> {
    spec: &'a [u8],
    issuer: Issuer,
    structures: &'a Structures,
    options: Rc<Options>,
    drafts: Vec<Draft>,
    labels: HashMap<Vec<u8>, usize>,
    links: Vec<((usize, usize), (usize, usize))>,
    connectors: Vec<NewConnector>,
    rc: i32,
}

/// What a place in a pipeline is connected to.
enum Point {
    Stream(usize, usize),
    Connector(Option<Direction>, Vec<u8>),
}

impl Linker<'_> {
    fn pipeline(&mut self, number: usize, elements: Vec<Element>, host: &mut dyn Host) {
        let mut points = Vec::new();
        for (n, element) in elements.into_iter().enumerate() {
            let mut spot = Spot {
                number: n + 1,
                pipeline: number,
                msglevel: self.options.msglevel,
                at: element.at,
                word: word_at(self.spec, element.at),
                text: element.text,
            };
            match element.what {
                What::Stage {
                    label,
                    options,
                    verb,
                    args,
                } => {
                    spot.msglevel = options.msglevel;
                    let draft = Draft {
                        number: n + 1,
                        pipeline: number,
                        text: spot.text.clone(),
                        options: Rc::new(options),
                        verb,
                        args,
                        streams: vec![None],
                        inputs_used: vec![false],
                        outputs_used: vec![false],
                        first: n == 0,
                        at: spot.at,
                    };
                    let id = self.drafts.len();
                    self.drafts.push(draft);
                    if let Some(label) = label {
                        self.declare(id, label, &spot, host);
                    }
                    points.push(Point::Stream(id, 0));
                }
                What::Reference(label) => match self.refer(label, &spot, host) {
                    Some((id, stream)) => points.push(Point::Stream(id, stream)),
                    None => return,
                },
                What::Connector { direction, stream } => {
                    if self.issuer == Issuer::Command {
                        self.fault(fpl::FPLSCA101E.with(&[]).into(), &spot, host);
                        return;
                    }
                    points.push(Point::Connector(direction, stream));
                }
            }
        }
        if points.iter().all(|p| matches!(p, Point::Connector(..))) {
            points.insert(1, self.pass_through(number));
        }
        for pair in points.windows(2) {
            self.join(&pair[0], &pair[1]);
        }
    }

    /// Two connectors with nothing between them have a stage between them that passes records.
    fn pass_through(&mut self, pipeline: usize) -> Point {
        self.drafts.push(Draft {
            number: 1,
            pipeline,
            text: b"*: | *:".to_vec(),
            options: self.options.clone(),
            verb: stages::PASS.to_vec(),
            args: Vec::new(),
            streams: vec![None],
            inputs_used: vec![false],
            outputs_used: vec![false],
            first: false,
            at: 0,
        });
        Point::Stream(self.drafts.len() - 1, 0)
    }

    fn declare(&mut self, id: usize, label: Label, spot: &Spot, host: &mut dyn Host) {
        self.drafts[id].streams[0] = label.stream;
        if self.labels.contains_key(&label.name) {
            let message = fpl::FPLSCA047E.with(&[&label.name]);
            self.fault(message.into(), spot, host);
            return;
        }
        self.labels.insert(label.name, id);
    }

    fn refer(&mut self, label: Label, spot: &Spot, host: &mut dyn Host) -> Option<(usize, usize)> {
        let Some(&id) = self.labels.get(&label.name) else {
            let message = fpl::FPLSCA046E.with(&[&label.name]);
            self.fault(message.into(), spot, host);
            return None;
        };
        let draft = &mut self.drafts[id];
        draft.streams.push(label.stream);
        draft.inputs_used.push(false);
        draft.outputs_used.push(false);
        Some((id, draft.streams.len() - 1))
    }

    fn join(&mut self, left: &Point, right: &Point) {
        match (left, right) {
            (&Point::Stream(a, out), &Point::Stream(b, inp)) => {
                self.drafts[a].outputs_used[out] = true;
                self.drafts[b].inputs_used[inp] = true;
                self.links.push(((a, out), (b, inp)));
            }
            (Point::Connector(direction, stream), &Point::Stream(b, port)) => {
                self.drafts[b].inputs_used[port] = true;
                self.connectors.push(NewConnector {
                    direction: direction.unwrap_or(Direction::Input),
                    stream: stream.clone(),
                    begins: true,
                    node: b,
                    port,
                });
                if port == 0 {
                    self.drafts[b].first = false;
                }
            }
            (&Point::Stream(a, port), Point::Connector(direction, stream)) => {
                self.drafts[a].outputs_used[port] = true;
                self.connectors.push(NewConnector {
                    direction: direction.unwrap_or(Direction::Output),
                    stream: stream.clone(),
                    begins: false,
                    node: a,
                    port,
                });
            }
            (Point::Connector(..), Point::Connector(..)) => {}
        }
    }

    fn fault(&mut self, fault: Fault, spot: &Spot, host: &mut dyn Host) {
        self.rc = worse(self.rc, fault.rc());
        host.message(&fault.message);
        let scan = matches!(fault.message.number(), 46 | 47 | 101).then_some((self.spec, spot.at));
        let stage = Some((spot.number, spot.pipeline));
        for message in follow_ups(spot.msglevel, &self.options.name, stage, scan, &spot.text) {
            host.message(&message);
        }
        host.show_place(self.spec, spot.word.0, spot.word.0 + spot.word.1);
    }

    fn finish(mut self, host: &mut dyn Host) -> Result<Built, i32> {
        let drafts = std::mem::take(&mut self.drafts);
        let mut nodes = Vec::new();
        for draft in drafts {
            match make(&draft, self.structures, host) {
                Ok(node) => nodes.push(node),
                Err(unmade) => {
                    let word = self.place(&draft, unmade.place);
                    let spot = Spot {
                        number: draft.number,
                        pipeline: draft.pipeline,
                        msglevel: draft.options.msglevel,
                        text: draft.text,
                        at: draft.at,
                        word,
                    };
                    self.fault(unmade.fault, &spot, host);
                }
            }
        }
        if self.rc != 0 {
            return Err(self.rc);
        }
        Ok(Built {
            nodes,
            links: self.links,
            connectors: self.connectors,
            options: self.options,
        })
    }
}

impl Linker<'_> {
    /// The place in the specification, and its length, of a stage or of a part of its operands.
    fn place(&self, draft: &Draft, place: Option<Within>) -> (usize, usize) {
        let rest = self.spec.get(draft.at..).unwrap_or_default();
        // Behind an escape, operands do not stand in the specification as they are.
        let operands = memchr::memmem::find(rest, &draft.args).map(|n| n + draft.at);
        match (place, operands) {
            (Some(place), Some(at)) if place.to > place.from => {
                (at + place.from, place.to - place.from)
            }
            _ => {
                let verb = memchr::memmem::find(rest, &draft.verb).unwrap_or(0);
                (draft.at + verb, draft.verb.len())
            }
        }
    }
}

/// Looks a verb up, checks its streams and has its operands read.
fn make(draft: &Draft, structures: &Structures, host: &mut dyn Host) -> Result<NewNode, Unmade> {
    if draft.verb.eq_ignore_ascii_case(b"REXX") {
        let mut args = Args::new(&draft.args, draft.first);
        let name = args.need().map_err(Unmade::from)?;
        if name.starts_with(b"(") || name.starts_with(b"*") {
            return Err(Fault::new(&fpl::FPLSCA9002E, &[name]).into());
        }
        let rest = args.rest();
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let program = find_program(name, rest, host)?;
        return Ok(node(draft, program, -1, EofReport::Current));
    }
    let (body, level, eof) = match stages::lookup(&draft.verb) {
        Lookup::Found(row) => {
            check_place(row, draft)?;
            let mut args = Args::new(&draft.args, draft.first)
                .in_page(host.codepage())
                .of_stage()
                .with_streams(&draft.streams)
                .with(structures);
            let body = (row.make)(&mut args).map_err(|fault| Unmade {
                place: Some(Within::of(&args, &draft.args, &fault)),
                fault,
            })?;
            (body, row.level, row.eof)
        }
        Lookup::Absent => return Err(Fault::new(&fpl::FPLSCA9001E, &[&draft.verb]).into()),
        Lookup::Unknown => {
            let program = find_program(&draft.verb, &draft.args, host)?;
            (program, -1, EofReport::Current)
        }
    };
    Ok(node(draft, body, level, eof))
}

fn find_program(name: &[u8], args: &[u8], host: &mut dyn Host) -> Result<Body, Fault> {
    match host.find_stage(name, args) {
        Some(program) => Ok(Body::Program(program)),
        None => {
            let name = name.to_ascii_uppercase();
            Err(Fault::new(&fpl::FPLSCA027E, &[&name]))
        }
    }
}

fn node(draft: &Draft, body: Body, level: i32, eof: EofReport) -> NewNode {
    NewNode {
        number: draft.number,
        pipeline: draft.pipeline,
        text: draft.text.clone(),
        options: draft.options.clone(),
        inputs: draft.streams.clone(),
        outputs: draft.streams.clone(),
        body,
        level,
        eof,
    }
}

fn check_place(row: &Row, draft: &Draft) -> Result<(), Fault> {
    match row.place {
        Place::First if !draft.first => return Err(Fault::new(&fpl::FPLSCA087E, &[])),
        Place::NotFirst if draft.first => return Err(Fault::new(&fpl::FPLSCA127E, &[])),
        _ => {}
    }
    if draft.streams.len() > row.inputs.max(row.outputs).max(1) {
        return Err(Fault::new(&fpl::FPLSCA264E, &[]));
    }
    let beyond = |used: &[bool], most: usize| used.iter().skip(most).position(|&u| u);
    let found = beyond(&draft.inputs_used, row.inputs)
        .map(|n| (&fpl::FPLSCA1196E, n + row.inputs))
        .or_else(|| {
            beyond(&draft.outputs_used, row.outputs).map(|n| (&fpl::FPLSCA1197E, n + row.outputs))
        });
    match found {
        Some((message, n)) => Err(Fault::new(message, &[n.to_string().as_bytes()])),
        None => Ok(()),
    }
}
