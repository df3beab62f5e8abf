//! The pipeline commands' names.

use crate::base::abbrev;

/// The pipeline commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Addpipe,
    Addstream,
    Begoutput,
    Callpipe,
    Commit,
    Eofreport,
    Getrange,
    Issuemsg,
    Maxstream,
    Message,
    Nocommit,
    Output,
    Peekto,
    Readto,
    Resolve,
    Rexx,
    Scanrange,
    Scanstring,
    Select,
    Setrc,
    Sever,
    Short,
    Stagenum,
    Streamnum,
    Streamstate,
    Suspend,
}

/// Those that move records stand first.
const VERBS: &[(&str, Verb)] = &[
    ("PEEKTO", Verb::Peekto),
    ("OUTPUT", Verb::Output),
    ("READTO", Verb::Readto),
    ("ADDPipe", Verb::Addpipe),
    ("ADDSTREAm", Verb::Addstream),
    ("ADDSTRM", Verb::Addstream),
    ("BEGOUTPUT", Verb::Begoutput),
    ("CALLpipe", Verb::Callpipe),
    ("COMMIT", Verb::Commit),
    ("EOFREPORT", Verb::Eofreport),
    ("GETRANGE", Verb::Getrange),
    ("ISSUEMSG", Verb::Issuemsg),
    ("MAXSTREAm", Verb::Maxstream),
    ("MESSAGE", Verb::Message),
    ("NOCOMMIT", Verb::Nocommit),
    ("RESOLVE", Verb::Resolve),
    ("REXX", Verb::Rexx),
    ("SCANRANGE", Verb::Scanrange),
    ("SCANSTRING", Verb::Scanstring),
    ("SELECT", Verb::Select),
    ("SETRC", Verb::Setrc),
    ("SEVER", Verb::Sever),
    ("SHORT", Verb::Short),
    ("STAGENUM", Verb::Stagenum),
    ("STREAMNUM", Verb::Streamnum),
    ("STREAMSTate", Verb::Streamstate),
    ("SUSPEND", Verb::Suspend),
];

/// The command of a name.
pub(super) fn find(word: &[u8]) -> Option<Verb> {
    // Those that a program issues for each record.
    if let Ok(word) = <&[u8; 6]>::try_from(word) {
        let folded = folded(word);
        if let Some(found) = MOVERS.iter().find(|m| m.0 == folded) {
            return Some(found.1);
        }
    }
    abbrev::find(VERBS, |v| v.0, word).map(|v| v.1)
}

/// The first three commands by their [`folded`] names, which are six letters each.
const MOVERS: [(u64, Verb); 3] = [mover(0), mover(1), mover(2)];

const fn mover(n: usize) -> (u64, Verb) {
    let (name, verb) = VERBS[n];
    match name.as_bytes().first_chunk() {
        Some(name) => (folded(name), verb),
        None => panic!("a name of six letters"),
    }
}

/// Six bytes as a number that is that of six letters only for the same letters, in any case.
const fn folded(word: &[u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = *word;
    u64::from_le_bytes([a, b, c, d, e, f, 0, 0]) & !0x2020_2020_2020
}

impl Verb {
    /// Whether it commits the stage to level 0.
    pub(super) fn transports(self) -> bool {
        matches!(
            self,
            Verb::Output
                | Verb::Peekto
                | Verb::Readto
                | Verb::Callpipe
                | Verb::Short
                | Verb::Select
                | Verb::Begoutput
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_commands_in_any_case() {
        for (name, verb) in VERBS {
            for word in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
                assert!(find(word.as_bytes()) == Some(*verb), "{word}");
            }
        }
        for word in [
            "",
            "PEEKT0",
            "PEEKT\x0F",
            "OUTPU",
            "OUTPUTS",
            "\x10UTPUT",
            "READTO ",
        ] {
            assert!(find(word.as_bytes()).is_none(), "{word:?}");
        }
    }
}
