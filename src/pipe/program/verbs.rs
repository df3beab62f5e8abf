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
    for (name, verb) in &VERBS[..3] {
        if word.eq_ignore_ascii_case(name.as_bytes()) {
            return Some(*verb);
        }
    }
    abbrev::find(VERBS, |v| v.0, word).map(|v| v.1)
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
