//! Pipelines beside the usual tools: one pipeline, its peer and its target a row. The data are made once,
//! under target/bench-pipes, by benches/pipes/gen.py.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::{cms, pair, project, row, whole};

/// A pipeline, the shell command that does the same, and what its time is to be as a multiple of the peer's.
struct Pipe {
    name: &'static str,
    spec: &'static str,
    peer: &'static str,
    target: &'static str,
}

const PIPES: &[Pipe] = &[
    Pipe {
        name: "P1 locate, count (grep -cF)",
        spec: "< big.txt | locate /ERROR/ | count lines | console",
        peer: "grep -cF ERROR big.txt | cat",
        target: "5, then 2",
    },
    Pipe {
        name: "P2 split, sort count, sort, take (mawk, sort)",
        spec: "< words.txt | split | sort count | sort 1.10 d | take 25 | console",
        peer: "mawk '{for(i=1;i<=NF;i++)c[$i]++}END{for(w in c)print c[w],w}' words.txt \
               | sort -k1,1nr -k2 | head -25",
        target: "1.2",
    },
    Pipe {
        name: "P3 specs of five fields (mawk)",
        spec: "< big.txt | specs 36.8 1 45.8 nw 54.8 nw 10.10 nw 1.8 nw | console",
        peer: "mawk '{print substr($0,36,8),substr($0,45,8),substr($0,54,8),substr($0,10,10),\
               substr($0,1,8)}' big.txt",
        target: "1, then 0.7",
    },
    Pipe {
        name: "P4 lookup in a million masters (perl)",
        spec: "(end ?) < detail.txt | l: lookup 1.8 1.8 | console ? < master.txt | l:",
        peer: "perl -e 'open F,\"master.txt\";while(<F>){$m{substr($_,0,8)}=$_}open D,\"detail.txt\";\
               while(<D>){$k=substr($_,0,8);print $_,$m{$k} if exists $m{$k}}'",
        target: "1",
    },
    Pipe {
        name: "P5 change, xlate upper (mawk)",
        spec: "< big.txt | change /user/USR/ | xlate upper | console",
        peer: "mawk '{gsub(/user/,\"USR\");print toupper($0)}' big.txt",
        target: "1, then 0.7",
    },
    Pipe {
        name: "P6 inside, sum in specs (mawk)",
        spec: "< big.txt | inside /BEGIN/ /END/ \
               | specs printonly eof a: 54.8 . set #0+=a eof print #0 1 | console",
        peer: "mawk '/^BEGIN/{f=1;next}/^END/{f=0}f{s+=substr($0,54,8)}END{printf \"%.0f\\n\",s}' big.txt",
        target: "1, then 0.7",
    },
];

/// Two of the pipelines beside duckdb, which a Python program runs on one thread: what, its specification,
/// and the program; `q` is its query function.
const QUERIES: &[(&str, &str, &str)] = &[
    (
        "P2 split, sort count, sort, take (duckdb)",
        PIPES[1].spec,
        "q(\"select count(*) c, w from (select unnest(string_split(column0, ' ')) w from \"\n\
         \"read_csv('words.txt', header=false, delim='\\t', quote='', escape='', \"\n\
         \"columns={'column0': 'VARCHAR'})) where w <> '' group by w order by c desc, w limit 25\")",
    ),
    (
        "P4 lookup in a million masters (duckdb)",
        PIPES[3].spec,
        "t = \"read_csv('%s.txt', header=false, delim='\\t', quote='', escape='', \"\n\
         t += \"columns={'column0': 'VARCHAR'})\"\n\
         q('select d.column0, m.column0 from ' + t % 'detail' + ' d join ' + t % 'master'\n\
         + ' m on d.column0[:8] = m.column0[:8]')",
    ),
];

/// What stands before the program of a query.
const DUCKDB: &str = "import duckdb, sys\nd = duckdb.connect()\nd.execute('set threads to 1')\n\
def q(text):\n  for row in d.execute(text).fetchall():\n    print(*row)\n";

/// A million records through a stage in REXX, and through a network of six stages.
const OWN: &[(&str, &str)] = &[
    (
        "a REXX stage that copies a million records",
        "< master.txt | copies | count lines | console",
    ),
    (
        "six stages, several streams, a million records",
        "(end ?) < master.txt | l: locate 8 /1/ | xlate upper | f: faninany | count lines | console \
         ? l: | pad 60 | f:",
    ),
];

const COPIES: &str = "/* Copies records. */\nsignal on error\ndo forever\n  'peekto line'\n  \
                      'output' line\n  'readto'\nend\nerror: exit rc*(rc<>12)\n";

/// The rows of the table.
pub fn rows() {
    let Some(data) = data() else {
        println!("pipelines: skipped, python3 is not there to make the data");
        return;
    };
    for pipe in PIPES {
        let ours = || cms(&data, &["pipe", pipe.spec]);
        let peer = || {
            let mut shell = Command::new("sh");
            let line = format!("{} > /dev/null", pipe.peer);
            shell
                .args(["-c", &line])
                .current_dir(&data)
                .env("LC_ALL", "C");
            shell
        };
        let (ours, peer) = pair(ours, peer);
        row(pipe.name, ours, Some(peer), pipe.target);
    }
    queries(&data);
    for (name, spec) in OWN {
        row(
            name,
            whole(|| cms(&data, &["pipe", spec])),
            None,
            "1 s, then 0.5 s",
        );
    }
}

/// The rows beside duckdb.
fn queries(data: &Path) {
    let own = project().join("target/venv/bin/python");
    let python = if own.exists() { own } else { "python3".into() };
    let program = |text: &str| {
        let mut command = Command::new(&python);
        command.args(["-c", text]).current_dir(data);
        command
    };
    let has = program("import duckdb").stderr(Stdio::null()).status();
    for (name, spec, text) in QUERIES {
        if !has.as_ref().is_ok_and(ExitStatus::success) {
            println!("{name}: skipped, python3 has no module duckdb (it may stand in target/venv)");
            continue;
        }
        let text = format!("{DUCKDB}{text}");
        let (ours, peer) = pair(|| cms(data, &["pipe", spec]), || program(&text));
        row(name, ours, Some(peer), "1");
    }
}

/// The folder of the data, made when it is not there.
fn data() -> Option<PathBuf> {
    let dir = project().join("target/bench-pipes");
    std::fs::create_dir_all(&dir).ok()?;
    std::fs::write(dir.join("COPIES.REXX"), COPIES).ok()?;
    let made = |name: &str| Path::new(&dir).join(name).exists();
    if !made("detail.txt") {
        println!("making the data of the pipelines, 1.2 GB ...");
        let script = project().join("benches/pipes/gen.py");
        let status = Command::new("python3").arg(script).arg(&dir).status();
        status.ok().filter(|s| s.success())?;
    }
    Some(dir)
}
