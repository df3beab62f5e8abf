//! Stage programs and the pipeline commands they issue.

use super::*;

/// A program that is a list of pipeline commands; `?label` jumps when the return code is not 0.
struct Script {
    lines: Vec<String>,
    at: usize,
    variables: HashMap<String, Vec<u8>>,
}

impl Script {
    fn boxed(text: &str) -> Box<dyn StageProgram> {
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
    fn resume(&mut self, reply: StageReply, _: &mut dyn Host) -> StageRequest {
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
                return StageRequest::Pipe(text.into_bytes());
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
            "bogus -212",
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
