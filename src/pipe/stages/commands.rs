//! Stages that issue commands: CP, CMS, COMMAND, SUBCOM
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{PLAIN, Row, task};
use crate::base::Record;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::host::CommandKind;
use crate::pipe::kernel::{EofReport, worse};
use crate::pipe::stage::{Body, Stage, Stop, end_with};

const COMMANDS: Row = Row {
    outputs: 2,
    eof: EofReport::Current,
    ..PLAIN
};

pub const TABLE: &[Row] = &[
    Row {
        names: "CP",
        operands: "[number] [string]",
        doc: "Issues CP commands and writes the response; return codes go to the secondary output.",
        make: |a| {
            // A number says how large the response may be; here it may be of any size.
            a.number();
            issue(a, CommandKind::Cp)
        },
        example: ("cp query test|console", &["CP: query test"]),
        ..COMMANDS
    },
    Row {
        names: "CMS",
        operands: "[string]",
        doc: "Issues CMS commands with full command resolution and writes the response.",
        make: |a| issue(a, CommandKind::Cms),
        example: ("literal b|cms a|console", &["CMS: a", "CMS: b"]),
        ..COMMANDS
    },
    Row {
        names: "COMMAND CMD",
        operands: "[string]",
        doc: "Issues CMS commands by exact name and writes the response.",
        make: |a| issue(a, CommandKind::Command),
        example: ("command QUERY DISK|console", &["COMMAND: QUERY DISK"]),
        ..COMMANDS
    },
    Row {
        names: "SUBCOM",
        operands: "environment [string]",
        doc: "Sends its argument and each record to a subcommand environment and passes the records.",
        make: subcom,
        example: ("literal save|subcom xedit top|console", &["save"]),
        ..COMMANDS
    },
];

fn issue(args: &mut Args<'_>, kind: CommandKind) -> Result<Body, Fault> {
    let first = args::trim(args.take_rest()).to_vec();
    Ok(task(|s| run(s, kind, first, Passing::Responses)))
}

/// What goes to the primary output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// The responses alone.
    Responses,
    /// The commands too.
    Records,
}

async fn run(s: Stage, kind: CommandKind, first: Vec<u8>, passing: Passing) -> Result<(), Stop> {
    let mut rc = 0;
    if !first.is_empty() {
        rc = one(&s, &kind, first, rc).await?;
    }
    while let Some(record) = s.next(0).await? {
        rc = one(&s, &kind, record.to_vec(), rc).await?;
        if passing == Passing::Records {
            s.pass(0, record).await?;
        }
        s.readto(0).await?;
    }
    end_with(rc)
}

/// Issues one command. Its return code goes to the secondary output, else into the stage's own, where a
/// negative one ends the stage.
async fn one(s: &Stage, kind: &CommandKind, text: Vec<u8>, rc: i32) -> Result<i32, Stop> {
    let reply = s.command(kind.clone(), text).await;
    for line in reply.response {
        s.pass(0, line).await?;
    }
    if s.has_output(1) {
        s.pass(1, Record::from(reply.rc.to_string().into_bytes()))
            .await?;
        return Ok(rc);
    }
    let rc = worse(rc, reply.rc);
    match rc < 0 {
        true => Err(Stop::Rc(rc)),
        false => Ok(rc),
    }
}

fn subcom(args: &mut Args<'_>) -> Result<Body, Fault> {
    let name = args.need()?.to_ascii_uppercase();
    let first = args::trim(args.take_rest()).to_vec();
    let kind = CommandKind::Subcom(name);
    Ok(task(|s| run(s, kind, first, Passing::Records)))
}
