//! HELP: what the rows say of themselves, for commands, stages and functions.

use super::{Call, Row, Verdict, by_abbreviation, full_name, rows};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::{functions, immediate};
use crate::pipe::stages;
use crate::rexx::bif;

/// The family.
pub const ROWS: &[Row] = &[Row {
    name: "Help",
    operands: "[[CMS] [command] | PIPE [stage] | REXX [function]]",
    run: help,
    doc: "Lists commands, stages or functions, or tells what one of them does.",
    example: "HELP LISTFILE",
}];

fn help(call: &mut Call<'_>) -> Verdict {
    let text = call.text.to_ascii_uppercase();
    let words: Vec<&[u8]> = text
        .split(|&c| c == b' ')
        .filter(|w| !w.is_empty())
        .collect();
    let (topics, word): (&[Topic], &[u8]) = match words[..] {
        [] => (&[Topic::Commands], b""),
        [component] => match component_of(component) {
            // A component's name alone lists it; any other word is looked for everywhere.
            Some(topic) if !matches!(component, b"PIPE") => return list(call, topic),
            _ => (
                &[Topic::Commands, Topic::Stages, Topic::Functions],
                component,
            ),
        },
        [component, word, ..] => match component_of(component) {
            Some(Topic::Stages) => (&[Topic::Stages], word),
            Some(Topic::Functions) => (&[Topic::Functions], word),
            _ => (&[Topic::Commands], word),
        },
    };
    if word.is_empty() {
        return list(call, Topic::Commands);
    }
    for topic in topics {
        if let Some(lines) = topic.tell(word) {
            for line in lines {
                call.say(line.trim_end().as_bytes());
            }
            return Verdict::Rc(0);
        }
    }
    call.fail(&dms::DMSHLP254E, &[word], 28)
}

/// What there is help for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Commands,
    Stages,
    Functions,
}

fn component_of(word: &[u8]) -> Option<Topic> {
    match word {
        b"CMS" => Some(Topic::Commands),
        b"REXX" => Some(Topic::Functions),
        word if matches("PIPElines", word) || word == b"STAGES" => Some(Topic::Stages),
        _ => None,
    }
}

impl Topic {
    /// The lines about one of them.
    fn tell(self, word: &[u8]) -> Option<Vec<String>> {
        match self {
            Topic::Commands => command(word),
            Topic::Stages => stage(word),
            Topic::Functions => function(word),
        }
    }

    /// All names.
    fn names(self) -> Vec<String> {
        let text = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
        match self {
            Topic::Commands => {
                let immediate = immediate::ROWS.iter().map(|r| r.name.to_string());
                rows()
                    .map(|r| text(full_name(r)))
                    .chain(immediate)
                    .collect()
            }
            Topic::Stages => stage_rows()
                .flat_map(|r| r.names.split(' '))
                .map(str::to_ascii_uppercase)
                .collect(),
            Topic::Functions => {
                let own = functions::rows().map(|r| r.name.to_string());
                bif::all().map(|b| b.name.to_string()).chain(own).collect()
            }
        }
    }
}

fn command(word: &[u8]) -> Option<Vec<String>> {
    if let Some(row) = immediate::find(word) {
        return Some(vec![row.name.into(), row.doc.into()]);
    }
    let row = by_abbreviation(word)?;
    Some(vec![
        format!("{} {}", row.name, row.operands),
        row.doc.into(),
        format!("Example: {}", row.example),
    ])
}

fn stage_rows() -> impl Iterator<Item = &'static stages::Row> {
    stages::FAMILIES.iter().flat_map(|family| family.iter())
}

fn stage(word: &[u8]) -> Option<Vec<String>> {
    let row = match stages::lookup(word) {
        stages::Lookup::Found(row) => row,
        stages::Lookup::Absent => {
            let name = String::from_utf8_lossy(word);
            let line = format!("{name} is a stage of CMS Pipelines that is not available here.");
            return Some(vec![line]);
        }
        stages::Lookup::Unknown => return None,
    };
    Some(row.help())
}

fn function(word: &[u8]) -> Option<Vec<String>> {
    if let Some(row) = functions::find(word) {
        return Some(vec![format!("{}({})", row.name, row.args), row.doc.into()]);
    }
    let bif = bif::lookup(word)?;
    Some(vec![
        format!("{} {}", bif.name, bif.args),
        bif.doc.into(),
        format!("Example: {}", bif.example),
    ])
}

fn list(call: &mut Call<'_>, topic: Topic) -> Verdict {
    let mut names = topic.names();
    names.sort();
    names.dedup();
    for some in names.chunks(6) {
        let line: String = some.iter().map(|n| format!("{n:<13}")).collect();
        call.say(line.trim_end().as_bytes());
    }
    Verdict::Rc(0)
}
