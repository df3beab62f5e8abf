//! Stage programs and the pipeline commands they issue.

use super::*;

/// A program that is a list of pipeline commands; `?label` jumps when the return code is not 0.
pub(super) struct Script {
    lines: Vec<String>,
    at: usize,
    variables: HashMap<String, Vec<u8>>,
}

impl Script {
    pub(super) fn boxed(text: &str) -> Box<dyn StageProgram> {
        Box::new(Script {
            lines: text.lines().map(|l| l.trim().to_string()).collect(),
            at: 0,
            variables: HashMap::new(),
        })
    }
    fn jump(&mut self, label: &str) {
        let to = self.lines.iter().position(|l| l == &format!(":{label}"));
        self.at = to.unwrap_or(self.lines.len());
    }
}

impl StageProgram for Script {
    fn resume(
        &mut self,
        reply: StageReply,
        _: &mut dyn Host,
        command: &mut Vec<u8>,
    ) -> StageRequest {
        let rc = match reply {
            StageReply::Rc(rc) => rc,
            _ => 0,
        };
        self.variables
            .insert("RC".into(), rc.to_string().into_bytes());
        loop {
            let Some(line) = self.lines.get(self.at).cloned() else {
                return StageRequest::Done(0);
            };
            self.at += 1;
            if let Some(label) = line.strip_prefix('?') {
                if rc != 0 {
                    self.jump(label);
                }
            } else if let Some(label) = line.strip_prefix('@') {
                self.jump(label);
            } else if let Some(rc) = line.strip_prefix("exit ") {
                return StageRequest::Done(rc.parse().unwrap());
            } else if !line.is_empty() && !line.starts_with(':') {
                let mut text = line;
                for (name, value) in &self.variables {
                    let value = String::from_utf8_lossy(value).into_owned();
                    text = text.replace(&format!("&{name}"), &value);
                }
                *command = text.into_bytes();
                return StageRequest::Pipe;
            }
        }
    }
    fn get_variable(&mut self, _: Names, name: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        Ok(self.variables.get(&upper(name)).cloned())
    }
    fn set_variable(
        &mut self,
        _: Names,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError> {
        match value {
            Some(v) => self.variables.insert(upper(name), v.to_vec()),
            None => self.variables.remove(&upper(name)),
        };
        Ok(())
    }
    fn variables(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }
    fn source(&self) -> Vec<u8> {
        b"CMS COMMAND X REXX A1 X ?".to_vec()
    }
}

fn run(script: MakeProgram, spec: &str, rc: i32, said: &[&str]) {
    for fusion in [Fusion::On, Fusion::Off] {
        let mut host = TestHost::default();
        host.programs.insert("PROG".into(), script);
        assert_eq!(host.run_with(spec, fusion), rc, "{spec} {:?}", host.told);
        assert_eq!(host.said, said, "{spec} {fusion:?} {:?}", host.told);
    }
}

#[test]
fn a_stage_that_copies() {
    let script = |_: &[u8]| {
        Script::boxed(
            ":loop
            PEEKTO line
            ?end
            OUTPUT <&LINE>
            ?end
            READTO
            @loop
            :end",
        )
    };
    run(script, "literal a b|split|prog|console", 0, &["<a>", "<b>"]);
    run(
        script,
        "literal x|dup *|prog|take 2|console",
        0,
        &["<x>", "<x>"],
    );
    run(
        script,
        "literal a b|split|rexx prog|console",
        0,
        &["<a>", "<b>"],
    );
    run(script, "literal a b|split|rexx nosuch|console", -27, &[]);
    // It does not delay the record.
    run(
        script,
        "(end ?) literal a1 b1 a2|split|x: locate /a/|prog|i: faninany|console ? x: |i:",
        0,
        &["<a1>", "b1", "<a2>"],
    );
}

#[test]
fn a_subroutine_gives_the_rest_back() {
    let script = |_: &[u8]| {
        Script::boxed(
            "CALLPIPE *: | take 2 | strip | *:
            OUTPUT --
            CALLPIPE *: | take 1 | *:
            OUTPUT ==
            SHORT",
        )
    };
    run(
        script,
        "literal a b c d e|split|prog|console",
        0,
        &["a", "b", "--", "c", "==", "d", "e"],
    );
    let script = |_: &[u8]| {
        Script::boxed(
            "CALLPIPE *: | tolabel c|*:
            PEEKTO next
            OUTPUT next is &NEXT
            CALLPIPE literal inner|var v
            OUTPUT &V",
        )
    };
    run(
        script,
        "literal a b c d|split|prog|console",
        0,
        &["a", "b", "next is c", "inner"],
    );
}

#[test]
fn subroutines_of_subroutines() {
    let script = |args: &[u8]| match args {
        b"" => Script::boxed("CALLPIPE *: | prog inner | *:\nSHORT"),
        _ => Script::boxed("CALLPIPE *: | take 1 | *:\nCALLPIPE *: | take 1 | strip | *:"),
    };
    run(
        script,
        "literal a b c|split|prog|console",
        0,
        &["a", "b", "c"],
    );
}

#[test]
fn a_thousand_subroutines_use_the_same_places() {
    let script = |_: &[u8]| {
        Script::boxed(
            ":loop
            PEEKTO
            ?end
            CALLPIPE *: | take 1 | *:
            @loop
            :end",
        )
    };
    let places = |copies: usize| {
        let mut host = TestHost::default();
        host.programs.insert("PROG".into(), script);
        let spec = format!("literal x|dup {copies}|prog|count lines|console");
        assert_eq!(host.run(&spec), 0, "{:?}", host.told);
        assert_eq!(host.said, [(copies + 1).to_string()]);
        host.places
    };
    assert_eq!(places(2), places(999));
}

#[test]
fn return_codes_of_commands() {
    let script = |_: &[u8]| {
        Script::boxed(
            "MAXSTREAM INPUT
            OUTPUT max &RC
            STREAMNUM OUTPUT 0
            OUTPUT num &RC
            STAGENUM
            OUTPUT stage &RC
            SELECT 1
            OUTPUT select &RC
            ADDSTREAM BOTH x
            OUTPUT add &RC
            ADDSTREAM BOTH x
            OUTPUT again &RC
            MAXSTREAM OUTPUT
            OUTPUT max &RC
            RESOLVE locate
            OUTPUT known &RC
            RESOLVE nosuch
            OUTPUT unknown &RC
            STREAMSTATE INPUT 7
            OUTPUT state &RC
            READTO line
            OUTPUT read &RC &LINE
            READTO line
            OUTPUT read &RC
            BOGUS
            OUTPUT bogus &RC
            exit 7",
        )
    };
    run(
        script,
        "literal a|prog|console",
        7,
        &[
            "max 0",
            "num 0",
            "stage 2",
            "select 4",
            "add 0",
            "again -174",
            "max 1",
            "known 1",
            "unknown 0",
            "state -4",
            "read 0 a",
            "read 12",
            "bogus -7",
        ],
    );
}

#[test]
fn a_stage_that_fails_before_its_first_record_stops_the_others() {
    let script = |_: &[u8]| Script::boxed("exit 5");
    run(
        script,
        "(end ?) literal a|console ? literal b|prog|console",
        5,
        &[],
    );
    let script = |_: &[u8]| Script::boxed("NOCOMMIT\nCOMMIT -1\nCOMMIT 0\nOUTPUT &RC");
    run(script, "literal b|prog|console", 0, &["0"]);
}

#[test]
fn added_pipelines_run_beside() {
    let script = |_: &[u8]| {
        Script::boxed(
            "ADDPIPE *.output: | strip trailing ! | *.output:
            OUTPUT a!
            OUTPUT b!!",
        )
    };
    run(script, "prog|console", 0, &["a", "b"]);
    let script = |_: &[u8]| {
        Script::boxed(
            "ADDPIPE *.input: | strip trailing ! | *.input:
            READTO line
            OUTPUT &LINE",
        )
    };
    run(script, "literal a!|prog|console", 0, &["a"]);
}

#[test]
fn what_the_commands_say_of_streams() {
    let script = |_: &[u8]| {
        Script::boxed(
            "PEEKTO
            STREAMSTATE SUMMARY
            OUTPUT summary &RC
            STREAMSTATE ALL states
            OUTPUT all &RC &STATES
            ADDSTREAM OUTPUT
            STREAMSTATE ALL states
            OUTPUT all &STATES
            STREAMSTATE INPUT HTTP
            OUTPUT http &RC
            ADDSTREAM HTTP
            STREAMNUM OUTPUT http
            OUTPUT num &RC
            STREAMNUM INPUT 9
            OUTPUT num &RC
            STREAMNUM INPUT blah
            OUTPUT num &RC
            ADDSTREAM BOTH BOTH BOTH
            OUTPUT add &RC
            ADDSTREAM up x
            OUTPUT add &RC
            ADDSTREAM BOTH BOTH
            OUTPUT add &RC
            ADDSTREAM IN broken
            OUTPUT add &RC
            STREAMSTATE SIDEWAYS
            OUTPUT state &RC
            RESOLVE two words
            OUTPUT resolve &RC
            RESOLVE
            OUTPUT resolve &RC
            EOFREPORT NEVER
            OUTPUT eof &RC
            SETRC x
            OUTPUT setrc &RC
            NOCOMMIT
            OUTPUT nocommit &RC
            SELECT OUTPUT 7
            OUTPUT select &RC",
        )
    };
    run(
        script,
        "literal a|prog|console",
        0,
        &[
            "summary 0",
            "all 0 4:8",
            "all 4:8 -4:12",
            "http -4",
            "num 2",
            "num -4",
            "num -178",
            "add -165",
            "add -164",
            "add 0",
            "add -165",
            "state -164",
            "resolve -112",
            "resolve -42",
            "eof -111",
            "setrc -58",
            "nocommit 8",
            "select 4",
        ],
    );
    let script = |_: &[u8]| {
        Script::boxed(
            "MESSAGE alone
            EOFREPORT ANY
            MESSAGE &RC
            STREAMSTATE SUMMARY
            MESSAGE &RC
            SELECT ANYINPUT
            MESSAGE &RC",
        )
    };
    run(script, "prog", 0, &["alone", "8", "-4", "8"]);
}

#[test]
fn a_read_ends_when_the_other_side_is_gone() {
    let script = |_: &[u8]| {
        Script::boxed(
            "EOFREPORT ALL
            READTO a
            OUTPUT &A
            PEEKTO b
            MESSAGE &RC",
        )
    };
    run(
        script,
        "literal x|dup *|prog|take 1|console",
        0,
        &["x", "8"],
    );
    // Nobody reports the other side unless asked.
    let script = |_: &[u8]| Script::boxed("READTO a\nOUTPUT &A\nREADTO b\nREADTO c\nMESSAGE &RC");
    run(
        script,
        "literal x y|split|prog|take 1|console",
        0,
        &["x", "12"],
    );
}

#[test]
fn a_producer_is_given_its_return_code() {
    let script = |args: &[u8]| match args {
        b"producer" => Script::boxed("OUTPUT a\nMESSAGE &RC\nOUTPUT b\nMESSAGE &RC"),
        _ => Script::boxed("PEEKTO\nSETRC 123\nREADTO\nREADTO\nREADTO\nSETRC 5\nMESSAGE &RC"),
    };
    run(script, "prog producer|prog", 0, &["123", "0", "-4"]);
}

#[test]
fn implied_output() {
    let script = |_: &[u8]| {
        Script::boxed(
            "BEGOUTPUT 2
            PEEKTO
            OUTPUT two
            OUTPUT three
            BEGOUTPUT end
            READTO in
            END
            end
            OUTPUT &RC",
        )
    };
    let said = &["PEEKTO", "OUTPUT two", "three", "READTO in", "END", "0"];
    run(script, "prog|console", 0, said);
}

#[test]
fn a_called_program_has_the_streams_of_its_caller() {
    let script = |args: &[u8]| match args {
        b"" => Script::boxed(
            "PEEKTO x
            REXX prog inner
            OUTPUT back &RC &X
            READTO y
            OUTPUT &Y
            REXX nosuch
            OUTPUT &RC
            REXX
            OUTPUT &RC",
        ),
        b"inner" => Script::boxed(
            "READTO x
            CALLPIPE var x | xlate | *:
            REXX prog leaf
            OUTPUT leaf &RC
            exit 7",
        ),
        _ => Script::boxed("OUTPUT here\nexit 3"),
    };
    run(
        script,
        "literal a b|split|prog|console",
        0,
        &["A", "here", "leaf 3", "back 7 a", "b", "-27", "-42"],
    );
}

#[test]
fn operands_are_scanned_for_a_program() {
    let script = |_: &[u8]| {
        Script::boxed(
            "SCANRANGE REQUIRED range rest ws : word 2-3 /tail/ x
            OUTPUT &RC <&REST>
            GETRANGE range part a:b:c:d
            OUTPUT &RC <&PART>
            SCANSTRING required string rest &REST
            OUTPUT &RC <&STRING> <&REST>
            SCANRANGE optional range rest /no range/
            OUTPUT &RC <&REST>
            PEEKTO
            GETRANGE range part
            OUTPUT &RC <&PART>
            SCANRANGE required range rest nonsense
            OUTPUT &RC
            SCANSTRING required string rest
            OUTPUT &RC
            SCANSTRING required string rest /open
            OUTPUT &RC",
        )
    };
    run(
        script,
        "literal the record|prog|console",
        0,
        &[
            "0 </tail/ x>",
            "0 <b:c>",
            "0 <tail> <x>",
            "0 </no range/>",
            "0 <the record>",
            "-54",
            "-113",
            "-60",
        ],
    );
}

#[test]
fn getrange_waits_for_the_record_it_looks_at() {
    let script = |_: &[u8]| {
        Script::boxed(
            "SCANRANGE required range rest member s.b , more
            OUTPUT <&RANGE> <&REST>
            GETRANGE range part
            OUTPUT &RC <&PART>
            GETRANGE range part vwxyz
            OUTPUT <&PART>
            READTO record
            OUTPUT &RECORD
            GETRANGE range part
            OUTPUT &RC",
        )
    };
    let mut host = TestHost::default();
    host.programs.insert("PROG".into(), script);
    let structure = "literal a c 1.2 b d 3.2|literal :s|structure add|hole";
    assert_eq!(host.run(structure), 0);
    assert_eq!(host.run("literal 1234567|copy|prog|console"), 0);
    assert_eq!(
        host.said,
        ["<member s.b> <, more>", "0 <34>", "<xy>", "1234567", "12"],
        "{:?}",
        host.told
    );
}

#[test]
fn messages_of_the_catalogue() {
    let mut host = TestHost::default();
    let script =
        |_: &[u8]| Script::boxed("ISSUEMSG 54 PROG /9-3/\nMESSAGE &RC\nISSUEMSG x\nMESSAGE &RC");
    host.programs.insert("PROG".into(), script);
    assert_eq!(host.run("(nomsg 15) prog"), 0);
    assert_eq!(host.numbers, [54, 58]);
    assert!(host.told[0].contains("\"9-3\""), "{:?}", host.told);
    assert_eq!(host.said, ["54", "-58"]);
}

#[test]
fn a_program_is_traced() {
    let numbers = |spec: &str| {
        let mut host = TestHost::default();
        let script = |_: &[u8]| Script::boxed("READTO in\nOUTPUT &IN");
        host.programs.insert("PROG".into(), script);
        assert_eq!(host.run(spec), 0, "{:?}", host.told);
        host.numbers
    };
    assert_eq!(numbers("literal a|(listcmd nomsg 15) prog|hole"), [34, 34]);
    assert_eq!(
        numbers("literal a|(trace nomsg 15) prog|hole"),
        [28, 537, 34, 33, 31, 34, 36, 35, 39, 31, 20]
    );
    assert_eq!(
        numbers("(listcmd nomsg 15) literal a|(nolistcmd) prog|hole"),
        [0; 0]
    );
}

#[test]
fn a_stage_that_adds_itself_without_end_is_stopped() {
    let script = |_: &[u8]| {
        Script::boxed(
            ":loop
            ADDPIPE literal a | hole
            ?end
            @loop
            :end
            MESSAGE &RC",
        )
    };
    let mut host = TestHost::default();
    host.programs.insert("PROG".into(), script);
    assert_eq!(host.run("prog"), -9005);
    assert_eq!(host.said, [""; 0], "it does nothing more");
    assert!(host.told.len() < 10, "{}", host.told.len());
}
