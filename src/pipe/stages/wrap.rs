//! Stages that run another stage: NOT, CASEI, ZONE, FRTARGET, TOTARGET, IF, RUNPIPE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Lookup, MANY, PLAIN, Row, SELECTION, filter, lookup, task};
use crate::base::Record;
use crate::base::msg::{Emsg, fpl};
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow, Left, Turn};
use crate::pipe::kernel::EofReport;
use crate::pipe::kernel::events::Heard;
use crate::pipe::program::Commands;
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::{Body, end_with};
use crate::pipe::target::Case;

pub const TABLE: &[Row] = &[
    Row {
        names: "NOT",
        operands: "stage",
        doc: "Runs a stage with its first two output streams exchanged.",
        inputs: MANY,
        outputs: MANY,
        make: not,
        example: ("literal a b|split|not locate /a/|console", &["b"]),
        ..SELECTION
    },
    Row {
        names: "CASEI",
        operands: "[ZONE inputRange] [REVERSE] stage",
        doc: "Runs a selection stage without regard to case.",
        make: |a| {
            let case = Case::Any;
            zoned(a, View { case, ..VIEW })
        },
        example: ("literal ABC|casei find b|literal x|console", &["x"]),
        ..SELECTION
    },
    Row {
        names: "ZONE",
        operands: "inputRange [CASEI] [REVERSE] stage",
        doc: "Runs a selection stage on a range of each record.",
        make: |a| {
            let range = Range::take(a, &mut Separators::default())?;
            zoned(
                a,
                View {
                    range: Some(range),
                    ..VIEW
                },
            )
        },
        example: ("literal a b|zone w2 find b|console", &["a b"]),
        ..SELECTION
    },
    Row {
        names: "FRTARGET FROMTARGet",
        operands: "stage",
        doc: "Passes records from the first that a selection stage selects.",
        make: |a| target(a, true),
        example: (
            "literal a b c|split|frtarget locate /b/|console",
            &["b", "c"],
        ),
        ..SELECTION
    },
    Row {
        names: "TOTARGET",
        operands: "stage",
        doc: "Passes records up to the first that a selection stage selects.",
        make: |a| target(a, false),
        example: ("literal a b c|split|totarget locate /b/|console", &["a"]),
        ..SELECTION
    },
    Row {
        names: "IF",
        operands: "stage",
        doc: "Sends records that a selection stage selects through one branch (up to its label), the others through a second one (up to the label again) or straight on.",
        inputs: 4,
        outputs: 3,
        make: branch,
        example: (
            "(end ?) literal a b c|split|i: if locate /b/|xlate|i: |console",
            &["a", "B", "c"],
        ),
        ..PLAIN
    },
    Row {
        names: "RUNPIPE",
        operands: "[EVENTs] [TRACE] [MSGLEVEL number]",
        doc: "Runs each record as a pipeline of its own and writes its messages, or with EVENTS a record of each event; return codes go to the secondary output.",
        eof: EofReport::Current,
        outputs: 2,
        make: runpipe,
        example: ("literal literal x||console|runpipe|console", &["x"]),
        ..PLAIN
    },
    Row {
        names: "PIPCMD",
        operands: "[string]",
        doc: "Issues the pipeline commands that are its argument and its records.",
        inputs: MANY,
        outputs: MANY,
        make: pipcmd,
        example: ("literal callpipe literal x||*:|pipcmd|console", &["x"]),
        ..PLAIN
    },
];

/// Reads the argument as a stage that is a filter with two outputs; `None` when it is another stage or a program.
fn inner(args: &mut Args<'_>, text: &[u8]) -> Result<Option<Box<dyn Filter>>, Fault> {
    let mut words = Args::new(text, false);
    let verb = words.need()?;
    let row = match lookup(verb) {
        Lookup::Found(row) => row,
        Lookup::Absent => return Err(Fault::new(&fpl::FPLSCA9001E, &[verb])),
        Lookup::Unknown => return Ok(None),
    };
    let rest = words.rest();
    let text = rest.strip_prefix(b" ").unwrap_or(rest);
    let mut operands = args.within(text);
    Ok(match (row.make)(&mut operands)? {
        Body::Filter(filter) if row.outputs == 2 => Some(filter),
        _ => None,
    })
}

/// Reads the argument as a stage that decides about each record at once.
fn selection(args: &mut Args<'_>, text: &[u8]) -> Result<Box<dyn Filter>, Fault> {
    match inner(args, text)? {
        Some(inner) if inner.selects() => Ok(inner),
        _ => Err(Fault::new(&fpl::FPLSCA9002E, &[args::trim(text)])),
    }
}

struct Not(Box<dyn Filter>);

fn not(args: &mut Args<'_>) -> Result<Body, Fault> {
    let text = args.take_rest();
    if args::trim(text).is_empty() {
        return Err(Fault::new(&fpl::FPLSCA017E, &[]));
    }
    match inner(args, text)? {
        Some(inner) => filter(Not(inner)),
        None => exchanged(args::trim(text).to_vec()),
    }
}

/// Any other stage, in a pipeline of its own that has its first two outputs the other way round.
fn exchanged(text: Vec<u8>) -> Result<Body, Fault> {
    Ok(task(|s| async move {
        let (inputs, outputs) = s.streams();
        let mut spec = OPTIONS.to_vec();
        for stream in 0..inputs.max(outputs).max(2) {
            let output = match stream {
                0 => 1,
                1 => 0,
                other => other,
            };
            if stream > 0 {
                spec.push(0);
            }
            if stream < inputs && s.has_input(stream) {
                spec.extend_from_slice(format!("*.INPUT.{stream}:|").as_bytes());
            }
            spec.extend_from_slice(b"s:");
            if stream == 0 {
                spec.extend_from_slice(&text);
            }
            if s.has_output(output) {
                spec.extend_from_slice(format!("|*.OUTPUT.{output}:").as_bytes());
            }
        }
        end_with(s.addpipe(spec).await)
    }))
}

impl Filter for Not {
    fn start(&mut self, outputs: &[bool]) {
        let at = |n: usize| outputs.get(n).copied().unwrap_or(false);
        // A secondary output that is not defined is one that is not connected.
        self.0.start(&[at(1), at(0)]);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let before = out.items.len();
        let flow = self.0.step(record, out);
        exchange(out, before);
        match flow {
            Flow::Leave(port) => Flow::Leave(1 - port.min(1)),
            Flow::Again(port) => Flow::Again(1 - port.min(1)),
            flow => flow,
        }
    }

    fn selects(&self) -> bool {
        self.0.selects()
    }

    fn done_with(&self) -> Option<u8> {
        self.0.done_with().map(|port| 1 - port.min(1))
    }

    fn finish(&mut self, out: &mut Emit) {
        let before = out.items.len();
        self.0.finish(out);
        exchange(out, before);
    }

    fn more(&mut self, out: &mut Emit) -> Left {
        let before = out.items.len();
        let left = self.0.more(out);
        exchange(out, before);
        left
    }
}

fn exchange(out: &mut Emit, from: usize) {
    for item in &mut out.items[from..] {
        item.0 = 1 - item.0.min(1);
    }
}

/// What the inner stage sees of a record.
struct View {
    range: Option<Range>,
    case: Case,
    reverse: bool,
}

const VIEW: View = View {
    range: None,
    case: Case::Exact,
    reverse: false,
};

struct Zone {
    view: View,
    inner: Box<dyn Filter>,
}

fn zoned(args: &mut Args<'_>, mut view: View) -> Result<Body, Fault> {
    loop {
        if args.keyword("ZONE") {
            if view.range.is_some() {
                return Err(Fault::new(&fpl::FPLSCA642E, &[]));
            }
            view.range = Some(Range::take(args, &mut Separators::default())?);
        } else if args.keyword("CASEI") {
            view.case = Case::Any;
        } else if args.keyword("REVERSE") {
            view.reverse = true;
        } else {
            break;
        }
    }
    let rest = args.take_rest();
    let mut text = rest.strip_prefix(b" ").unwrap_or(rest).to_vec();
    if view.case == Case::Any {
        text.make_ascii_uppercase();
    }
    let inner = selection(args, &text)?;
    filter(Zone { view, inner })
}

impl Filter for Zone {
    fn start(&mut self, outputs: &[bool]) {
        self.inner.start(outputs);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let part = self
            .view
            .range
            .as_ref()
            .map_or(&record[..], |r| r.of(record));
        let mut part = part.to_vec();
        if self.view.case == Case::Any {
            part.make_ascii_uppercase();
        }
        if self.view.reverse {
            part.reverse();
        }
        let before = out.items.len();
        let flow = self.inner.step(&Record::from(part), out);
        for item in &mut out.items[before..] {
            item.1 = record.clone();
        }
        flow
    }

    fn selects(&self) -> bool {
        true
    }
}

struct Target {
    inner: Box<dyn Filter>,
    from: bool,
    passed: bool,
    secondary: bool,
    turn: Turn,
}

fn target(args: &mut Args<'_>, from: bool) -> Result<Body, Fault> {
    let text = args.take_rest();
    let inner = selection(args, text)?;
    filter(Target {
        inner,
        from,
        passed: false,
        secondary: false,
        turn: Turn::default(),
    })
}

impl Filter for Target {
    fn start(&mut self, outputs: &[bool]) {
        self.inner.start(&[true, true]);
        self.secondary = outputs.get(1).copied().unwrap_or(false);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if !self.passed {
            let before = out.items.len();
            let flow = loop {
                match self.inner.step(record, out) {
                    Flow::Again(_) => {}
                    flow => break flow,
                }
            };
            if flow == Flow::Fail {
                return Flow::Fail;
            }
            self.passed = out.items[before..].iter().any(|i| i.0 == 0);
            out.items.truncate(before);
        }
        let primary = self.passed == self.from;
        if !primary && !self.secondary && !self.from {
            return Flow::Stop;
        }
        let over = self.passed && self.secondary;
        let before = u8::from(self.from);
        self.turn
            .put(out, record, usize::from(!primary), (before, over))
    }

    fn selects(&self) -> bool {
        true
    }
}

/// The options of a specification that is made here; the arguments may hold the usual characters.
const OPTIONS: &[u8] = b"(END 00)";

fn branch(args: &mut Args<'_>) -> Result<Body, Fault> {
    let text = args::trim(args.take_rest()).to_vec();
    if text.is_empty() {
        return Err(args.missing());
    }
    Ok(task(|s| async move {
        let mut spec = OPTIONS.to_vec();
        spec.extend_from_slice(b"*.INPUT.0:|s:");
        spec.extend_from_slice(&text);
        let (inputs, outputs) = s.streams();
        spec.extend_from_slice(b"|*.OUTPUT.0:\0*.INPUT.1:|f:FANINANY|");
        spec.extend_from_slice(match (inputs, outputs) {
            // The label stands behind each branch: then, otherwise, together.
            (3, 3) => b"*.OUTPUT.2:\0s:|*.OUTPUT.1:\0*.INPUT.2:|f:",
            (_, ..3) => b"*.OUTPUT.1:\0s:|f:".as_slice(),
            (..4, _) => b"*.OUTPUT.1:\0s:|*.OUTPUT.2:",
            _ => b"*.OUTPUT.1:\0s:|*.OUTPUT.2:\0*.INPUT.3:|f:",
        });
        // The streams are handed over for good, so that each sees its own end of file.
        end_with(s.addpipe(spec).await)
    }))
}

fn runpipe(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut options = Vec::new();
    let mut events = false;
    loop {
        if args.keyword("EVENTs") {
            events = true;
        } else if args.keyword("TRACE") {
            options.extend_from_slice(b"TRACE ");
        } else if args.keyword("MSGLEVEL") {
            let level = args::unsigned(args.need()?)?;
            options.extend_from_slice(format!("MSGLEVEL {level} ").as_bytes());
        } else {
            break;
        }
    }
    args.end()?;
    Ok(task(move |s| async move {
        let mut worst = 0;
        while let Some(record) = s.next(0).await? {
            let (rc, heard) = s.runpipe(with_options(&options, &record), events).await;
            for heard in heard {
                let line = match heard {
                    Heard::Message(message) => message.line(Emsg::On).unwrap_or_default(),
                    Heard::Event(record) => record,
                };
                s.pass(0, Record::from(line)).await?;
            }
            if s.has_output(1) {
                let line = Record::from(rc.to_string().into_bytes());
                s.pass(1, line).await?;
            } else {
                worst = crate::pipe::kernel::worse(worst, rc);
                if worst < 0 {
                    break;
                }
            }
            s.readto(0).await?;
        }
        end_with(worst)
    }))
}

/// A specification with options before its own.
fn with_options(options: &[u8], spec: &[u8]) -> Vec<u8> {
    if options.is_empty() {
        return spec.to_vec();
    }
    match spec.trim_ascii_start().strip_prefix(b"(") {
        Some(rest) => [b"(", options, rest].concat(),
        None => [b"(", options, b")", spec].concat(),
    }
}

fn pipcmd(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args::trim(args.take_rest()).to_vec();
    Ok(task(|s| async move {
        let mut commands = Commands::of(&s);
        let mut next = Some(first).filter(|f| !f.is_empty());
        loop {
            let from_argument = next.is_some();
            let text = match next.take() {
                Some(text) => text,
                None => s.peekto(0).await?.to_vec(),
            };
            let rc = commands.issue(&text).await;
            end_with(rc)?;
            if !from_argument {
                s.readto(0).await?;
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn exchanged_and_zoned() {
        check(
            "(end ?) literal a b|split|n: not locate /a/|hole ? n: |console",
            0,
            &["a"],
        );
        check("literal a b c|split|not take 1|console", 0, &["b", "c"]);
        check("literal xAB|casei zone 2-* find ab|console", 0, &["xAB"]);
        check("literal a b c|split|not nosuch|console", -27, &[]);
        check(
            "(end ?) literal a b|split|n: not fanout|insert /1/|f: faninany|console ? n: |insert /0/|f:",
            0,
            &["0a", "1a", "0b", "1b"],
        );
        check("literal a|not fanout|console", 0, &["a"]);
        check(
            "(end ?) literal a b c|split|l: not lookup|console ? literal b|l:|insert /=/|console",
            0,
            &["a", "=b", "=b", "c"],
        );
        check("literal ab cd|split|not chop 1|console", 0, &["b", "d"]);
        check("literal b a b|split|not sort unique|console", 0, &["b"]);
        // What holds records back cannot decide about others in their place.
        check("literal a b|zone w2 unique|console", -9002, &[]);
        check("literal a b|frtarget take last|console", -9002, &[]);
        check(
            "literal a1 b1 a2|split|casei zone 1 take 2|console",
            0,
            &["a1", "b1"],
        );
    }

    #[test]
    fn messages_of_pipelines_are_records() {
        check(
            "literal literal x||console|literal literal a||nosuch|runpipe|chop 12|console",
            -27,
            &["FPLSCA027E E", "FPLSCA003I .", "FPLSCA001I ."],
        );
        check(
            "(end ?) literal literal x||console|literal literal a||xlate zzz 1|r: runpipe msglevel 0|chop 11|console ? r: |console",
            0,
            &["FPLSCA050E ", "-50", "x", "0"],
        );
        check(
            "literal (name x) literal x||console|runpipe trace msglevel 1|hole",
            0,
            &["x"],
        );
        check(
            "literal literal a||*:|runpipe msglevel 0|chop 10|console",
            -101,
            &["FPLSCA101E"],
        );
        check("literal x|runpipe nonsense|hole", -112, &[]);
    }

    /// The first bytes of the events of a pipeline.
    fn events(spec: &str) -> String {
        let spec =
            format!("strliteral ;{spec};|runpipe events|specs 1.1 c2x 1|join * / /|> events data");
        let mut host = crate::pipe::tests::TestHost::default();
        host.run(&spec.replace('?', "||"));
        host.lines("EVENTS DATA").join("")
    }

    #[test]
    fn events_of_pipelines_are_records() {
        assert_eq!(
            events("literal a?hole"),
            "03 06 06 06 05 01 0E 08 08 09 09 02"
        );
        // A specification with an error: its message, and how the scanner left.
        assert_eq!(events("literal a?xlate zz"), "03 00 00 00 06 06 06 05");
        assert_eq!(events("literal a? ?hole"), "03 00 00 00 05");
        // A subroutine: who called it waits, and goes on.
        let called = events("strliteral /callpipe literal x??*:/?pipcmd?hole");
        assert!(
            called.contains(" 01 13 ") && called.contains(" 02 12 "),
            "{called}"
        );
        let shown = |spec: &str, columns: &str| {
            format!(
                "strliteral ;{spec};|runpipe events|locate 1.1 x06|locate 19.1 x01|specs {columns}|console"
            )
        };
        check(
            &shown(
                "(end !) literal a||l.up: fanout||hole ! l: ||hole",
                "25.8 1 33.2 nw 57-* nw",
            ),
            0,
            &[
                "            literala",
                "l        up fanout",
                "            hole",
                "            hole",
            ],
        );
        check(
            &shown("literal abc||hole", "41.8 c2x 1 49.8 c2x nw"),
            0,
            &[
                "0000003800000007 0000003F00000003",
                "0000003800000004 0000003C00000000",
            ],
        );
    }

    #[test]
    fn pipeline_commands_in_records() {
        check(
            "literal sever output|literal output b|literal callpipe literal c||*:|literal output a|pipcmd|console",
            0,
            &["a", "c", "b"],
        );
        check("literal x|pipcmd output a|console", -7, &["a"]);
        check(
            "(end ?) literal select output 1|append literal output b|p: pipcmd|console ? p: |insert />/|console",
            0,
            &[">b"],
        );
        check("pipcmd nosuch|console", -7, &[]);
    }

    #[test]
    fn branches_come_together_in_order() {
        check(
            "(end ?) literal a b c b|split|i: if locate /b/|insert /</|i: |console ? i: |insert />/|i:",
            0,
            &[">a", "<b", ">c", "<b"],
        );
        check(
            "literal a b c b|split|i: if locate /b/|insert /</|i:|insert />/|i:|console",
            0,
            &[">a", "<b", ">c", "<b"],
        );
    }
}
