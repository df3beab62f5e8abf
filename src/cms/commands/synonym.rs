//! SYNONYM and GLOBAL: other names for commands, and the libraries that programs are looked for in
//! (z/VM: CMS Commands and Utilities Reference).

use super::{Call, Fault, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::commands::operands::{Operands, number};
use crate::cms::fileid::{Mode, Name};
use crate::cms::state::Switch;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "SYNonym",
        operands: "[fn [SYNONYM [fm]]] [(STD|NOSTD|CLEAR)]",
        run: |call| ended(call, synonym),
        doc: "Takes other names for commands from a file: command, synonym, and how short it may be.",
        example: "SYNONYM (STD",
    },
    Row {
        name: "GLobal",
        operands: "{MACLIB|TXTLIB|DOSLIB|LOADLIB} [name ...]",
        run: |call| ended(call, global),
        doc: "Names the libraries to look in.",
        example: "GLOBAL TXTLIB",
    },
];

/// The kinds of libraries of GLOBAL and QUERY.
pub const LIBRARIES: [&str; 4] = ["MACLIB", "TXTLIB", "DOSLIB", "LOADLIB"];

/// How many libraries GLOBAL takes.
const MOST_LIBRARIES: usize = 63;

/// Another name for a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// The command.
    pub command: Vec<u8>,
    /// The other name.
    pub name: Vec<u8>,
    /// How many characters of it must be given.
    pub least: usize,
}

impl Synonym {
    /// Whether a word in capitals is this name.
    pub fn is(&self, word: &[u8]) -> bool {
        word.len() >= self.least && self.name.starts_with(word)
    }
}

fn ended(call: &mut Call<'_>, run: fn(&mut Call<'_>) -> Result<(), Fault>) -> Verdict {
    match run(call) {
        Ok(()) => Verdict::Rc(0),
        Err(fault) => call.raise(&fault),
    }
}

fn synonym(call: &mut Call<'_>) -> Result<(), Fault> {
    let operands = call.operands();
    let mut std = None;
    let mut clear = false;
    for word in &operands.options {
        match word {
            w if matches("STD", w) => std = Some(Switch::On),
            w if matches("NOSTD", w) => std = Some(Switch::Off),
            w if matches("CLEAR", w) => clear = true,
            w => return Err((dms::DMSSYN003E.with(&[w]), 24)),
        }
    }
    let loaded = match operands.word(0) {
        b"" => None,
        _ => Some(load(call, &operands)?),
    };
    if clear {
        call.cms.synonyms.clear();
    }
    if let Some(synonyms) = loaded {
        call.cms.synonyms = synonyms;
    }
    if let Some(std) = std {
        call.cms.settings.abbrev = std;
    }
    Ok(())
}

/// The synonyms of a file.
fn load(call: &Call<'_>, operands: &Operands) -> Result<Vec<Synonym>, Fault> {
    let ftype = match operands.word(1) {
        b"" => b"SYNONYM",
        word => word,
    };
    if ftype != b"SYNONYM" {
        return Err((dms::DMSSYN032E.with(&[ftype]), 24));
    }
    let mode = Mode::parse(operands.word(2))
        .ok_or_else(|| (dms::DMSSYN048E.with(&[operands.word(2)]), 24))?;
    let fname = operands.word(0);
    let found = Name::new(fname, ftype).and_then(|n| call.cms.files.find(&n, mode));
    let Some(found) = found else {
        let fileid = [fname, b" SYNONYM *"].concat();
        return Err((dms::DMSSYN002E.with(&[&fileid]), 28));
    };
    let failed = |e: std::io::Error| {
        let why = e.to_string();
        (
            dms::DMSSYN104S.with(&[why.as_bytes(), &found.fileid()]),
            100,
        )
    };
    let mut synonyms = Vec::new();
    let mut lines = found.entry.lines().map_err(failed)?;
    while let Some(line) = lines.read().map_err(failed)? {
        if line.starts_with(b"*") {
            continue;
        }
        let line = line.to_ascii_uppercase();
        let mut words = line.split(|c| *c == b' ').filter(|w| !w.is_empty());
        let Some(command) = words.next() else {
            continue;
        };
        let invalid = || (dms::DMSSYN056E.with(&[&found.fileid()]), 32);
        let name = words.next().ok_or_else(invalid)?;
        let least = match words.next() {
            None => name.len(),
            Some(word) => number(word)
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| (1..=name.len()).contains(n))
                .ok_or_else(invalid)?,
        };
        synonyms.push(Synonym {
            command: command.to_vec(),
            name: name.to_vec(),
            least,
        });
    }
    Ok(synonyms)
}

/// What QUERY SYNONYM shows.
pub fn listed(synonyms: &[Synonym]) -> Vec<String> {
    if synonyms.is_empty() {
        return vec!["No user synonyms in effect".into()];
    }
    let text = String::from_utf8_lossy;
    let mut lines = vec![
        "SYSTEM    USER      SHORTEST".to_string(),
        "COMMAND   SYNONYM   FORM".to_string(),
    ];
    lines.extend(synonyms.iter().map(|s| {
        format!(
            "{:<8}  {:<8}  {}",
            text(&s.command),
            text(&s.name),
            text(&s.name[..s.least])
        )
    }));
    lines
}

fn global(call: &mut Call<'_>) -> Result<(), Fault> {
    let operands = call.operands();
    let word = operands.word(0);
    if word.is_empty() {
        return Err((dms::DMSGLO047E.with(&[]), 24));
    }
    let Some(kind) = LIBRARIES.iter().find(|l| l.as_bytes() == word) else {
        return Err((dms::DMSGLO014E.with(&[word]), 24));
    };
    if let Some(word) = operands.options.first() {
        return Err((dms::DMSGLO070E.with(&[word]), 24));
    }
    let names = &operands.words[1..];
    if names.len() > MOST_LIBRARIES {
        return Err((dms::DMSGLO108S.with(&[]), 88));
    }
    // What is not there is left out, and said.
    let there = |name: &&Vec<u8>| {
        Name::new(name, kind.as_bytes())
            .is_some_and(|n| call.cms.files.find(&n, Mode::Any).is_some())
    };
    let (kept, missing): (Vec<&Vec<u8>>, Vec<&Vec<u8>>) = names.iter().partition(there);
    let missing = missing
        .first()
        .map(|name| [name, b" ".as_slice(), word].concat());
    let kept = kept.into_iter().cloned().collect();
    call.cms.libraries.insert(kind, kept);
    match missing {
        Some(fileid) => Err((dms::DMSGLO002W.with(&[&fileid]), 28)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::cms::testing::Console;

    #[test]
    fn synonyms_name_execs_and_commands() {
        let synonyms = "* mine\nHISTORY HIST 3\nlistfile there\n\n";
        let mut c = Console::ready(&[
            ("my.synonym", synonyms),
            (
                "history.exec",
                "/* */\nparse source . . . . . called .\nsay called arg(1)\n",
            ),
        ]);
        assert_eq!(
            c.enter("his").last().map(String::as_str),
            Some("Ready(-0001);")
        );
        assert_eq!(c.enter("synonym my"), ["Ready;"]);
        assert_eq!(c.enter("his x"), ["his x", "Ready;"]);
        assert_eq!(
            c.enter("there my synonym"),
            ["MY       SYNONYM  A1", "Ready;"]
        );
        assert_eq!(
            c.enter("ther my synonym").last().map(String::as_str),
            Some("Ready(-0001);")
        );
        assert_eq!(c.enter("query synonym")[2], "HISTORY   HIST      HIS");
        assert_eq!(c.enter("synonym (clear"), ["Ready;"]);
        assert_eq!(
            c.enter("there my synonym").last().map(String::as_str),
            Some("Ready(-0001);")
        );
        assert_eq!(
            c.enter("synonym your").last().map(String::as_str),
            Some("Ready(00028);")
        );
    }

    #[test]
    fn libraries_are_kept_for_query() {
        let mut c = Console::ready(&[("one.txtlib", "x\n"), ("two.txtlib", "x\n")]);
        assert_eq!(c.enter("q txtlib"), ["TXTLIB   = NONE", "Ready;"]);
        assert_eq!(c.enter("global txtlib one two"), ["Ready;"]);
        assert_eq!(c.enter("q txtlib"), ["TXTLIB   = ONE      TWO", "Ready;"]);
        assert_eq!(
            c.enter("global txtlib two nine"),
            ["DMSGLO002W File NINE TXTLIB not found", "Ready(00028);"]
        );
        assert_eq!(c.enter("q txtlib"), ["TXTLIB   = TWO", "Ready;"]);
        assert_eq!(c.enter("global txtlib"), ["Ready;"]);
        assert_eq!(c.enter("q txtlib"), ["TXTLIB   = NONE", "Ready;"]);
    }
}
