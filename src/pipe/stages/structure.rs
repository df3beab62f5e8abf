//! STRUCTURE: names for columns (*User's Guide and Reference*, chapter "Structured data").

use super::{PLAIN, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{Args, Fault};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};
use crate::pipe::structure::{Kept, Reader, Structure, Table};

pub const TABLE: &[Row] = &[Row {
    names: "STRUCTure",
    operands: "{ADD | DELete | LIST} [CALLER | THREAD] [name ...]",
    doc: "Defines structures, which give names and types to columns; MEMBER in an input range, and names in expressions of SPECS, refer to them.",
    eof: EofReport::Current,
    make: structure,
    example: (
        "literal a c 1.2 b d 3.2|literal :pair|structure add|hole|append structure list|console",
        &[":pair", "a C 1.2", "b D 3.2"],
    ),
    notes,
    ..PLAIN
}];

/// What HELP says of definitions.
fn notes() -> Vec<String> {
    [
        "A record that begins with a colon and a name begins a structure; then come its members, each as a name, a \
         type and columns: D signed, U unsigned, F floating-point, P[(places)] packed decimal, any other letter \
         characters.",
        "CALLER keeps definitions as long as the PIPE command runs, THREAD as long as the session.",
        "Ranges: QUALIFY structure [column] MEMBER name, or MEMBER structure.name.",
    ]
    .map(String::from)
    .to_vec()
}

/// What is to be done with definitions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Add,
    Delete,
    List,
}

fn structure(args: &mut Args<'_>) -> Result<Body, Fault> {
    let word = args.peek();
    let what = args.choice(&[
        ("ADD", What::Add),
        ("DELete", What::Delete),
        ("LIST", What::List),
    ]);
    let what = match (what, word) {
        (Some(what), _) => what,
        (None, Some(word)) => return Err(Fault::new(&fpl::FPLSCA111E, &[word])),
        (None, None) => return Err(args.missing()),
    };
    let kept = args.choice(&[("CALLER", Kept::Caller), ("THREAD", Kept::Thread)]);
    let table = args.structures.table(kept.unwrap_or(Kept::Thread)).clone();
    let mut names = Vec::new();
    if what == What::Add {
        args.end()?;
    }
    while let Some(name) = args.word() {
        names.push(name.to_vec());
    }
    let first = args.first;
    let nothing = what == What::Add || (what == What::Delete && names.is_empty());
    if first && nothing {
        return Err(Fault::new(&fpl::FPLSCA127E, &[]));
    }
    Ok(match what {
        What::Add => task(move |s| add(s, table)),
        What::Delete => task(move |s| delete(s, table, names)),
        What::List => task(move |s| list(s, table, names, first)),
    })
}

fn keep(table: &Table, structure: Option<Structure>) {
    if let Some(structure) = structure {
        let name = structure.name.clone();
        table.borrow_mut().insert(name, structure.into());
    }
}

/// Nothing is defined before all is read: a definition that is not valid leaves things as they were.
async fn add(s: Stage, table: Table) -> Result<(), Stop> {
    let mut reader = Reader::default();
    let mut complete = Vec::new();
    while let Some(record) = s.next(0).await? {
        complete.push(reader.line(&record).map_err(|fault| s.fail(fault))?);
        s.pass(0, record).await?;
        s.readto(0).await?;
    }
    complete.push(reader.end());
    for structure in complete {
        keep(&table, structure);
    }
    Ok(())
}

fn forget(table: &Table, name: &[u8]) -> Result<(), Fault> {
    match table.borrow_mut().remove(name) {
        Some(_) => Ok(()),
        None => Err(Fault::new(&fpl::FPLSTR9006E, &[name])),
    }
}

/// The names in a record; a colon may stand before each.
fn names(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = record.split(|&b| b == b' ').filter(|w| !w.is_empty());
    words.map(|w| w.strip_prefix(b":").unwrap_or(w))
}

async fn delete(s: Stage, table: Table, given: Vec<Vec<u8>>) -> Result<(), Stop> {
    for name in given {
        forget(&table, &name).map_err(|fault| s.fail(fault))?;
    }
    loop {
        let record = s.peekto(0).await?;
        for name in names(&record) {
            forget(&table, name).map_err(|fault| s.fail(fault))?;
        }
        s.pass(0, record).await?;
        s.readto(0).await?;
    }
}

async fn show(s: &Stage, table: &Table, name: &[u8]) -> Result<(), Stop> {
    let found = table.borrow().get(name).cloned();
    let missing = || s.fail(Fault::new(&fpl::FPLSTR9006E, &[name]));
    for line in found.ok_or_else(missing)?.lines() {
        s.output(0, Record::from(line)).await?;
    }
    Ok(())
}

async fn list(s: Stage, table: Table, given: Vec<Vec<u8>>, first: bool) -> Result<(), Stop> {
    if first {
        s.commit(0).await?;
    }
    let all = || table.borrow().keys().cloned().collect();
    let asked: Vec<Vec<u8>> = match first && given.is_empty() {
        true => all(),
        false => given,
    };
    for name in asked {
        show(&s, &table, &name).await?;
    }
    if first {
        return Ok(());
    }
    loop {
        let record = s.peekto(0).await?;
        for name in names(&record) {
            show(&s, &table, name).await?;
        }
        s.readto(0).await?;
    }
}

#[cfg(test)]
mod tests {
    use crate::pipe::Fusion;
    use crate::pipe::tests::{TestHost, check};

    /// Runs specifications one after the other in one session; gives their return codes and what they said.
    fn session(specs: &[&str]) -> (Vec<i32>, Vec<String>) {
        let run = |fusion| {
            let mut host = TestHost::default();
            host.file(
                "DEFS STRUCT",
                &[
                    ":emp",
                    "name c 1-6",
                    "pay p(2) 7.3 age d 10.1",
                    "",
                    "left u 11.2 rest x 13-*",
                ],
            );
            let rcs: Vec<i32> = specs.iter().map(|s| host.run_with(s, fusion)).collect();
            (rcs, host.said)
        };
        let fused = run(Fusion::On);
        assert_eq!(fused, run(Fusion::Off), "fused and not");
        fused
    }

    /// What a pipeline makes of one record of the structure `emp`.
    fn with(tail: &str) -> (i32, Vec<String>) {
        let spec = format!("strliteral x536D6974682012345C9CFFFE4142|{tail}|console");
        let (rcs, said) = session(&["< defs struct|structure add", &spec]);
        assert_eq!(rcs[0], 0);
        (rcs[1], said)
    }

    #[test]
    fn members_in_ranges() {
        for (tail, line) in [
            ("substr member emp.name", "Smith "),
            ("substr qualify emp mem name", "Smith "),
            ("substr substr 2.2 of member emp.name", "mi"),
            ("substr substr ws t w2 of member emp.name", "h "),
            (
                "specs qual emp mem pay c2x 1 mem rest c2x nw mem age c2x nw",
                "12345C 4142 9C",
            ),
            // The column of QUALIFY moves all members, but not the one that names its structure.
            ("specs qual emp 3 mem name c2x 1", "697468201234"),
            ("specs qual emp 3 mem emp.name 1", "Smith "),
            ("specs qual emp 99 mem name 1 /./ n", "."),
        ] {
            assert_eq!(with(tail), (0, vec![line.to_string()]), "{tail}");
        }
        assert_eq!(with("substr mem emp.salary").0, -9007);
        assert_eq!(with("substr mem emp.Name").0, -9007);
        assert_eq!(with("substr mem name").0, -9006);
        assert_eq!(with("substr mem boss.name").0, -9006);
        assert_eq!(with("specs qualify boss mem name 1").0, -9006);
        assert_eq!(with("specs qualify emp 0 mem name 1").0, -66);
        assert_eq!(with("substr member").0, -113);
    }

    #[test]
    fn records_are_sorted_and_selected_by_members() {
        let (rcs, said) = session(&[
            "literal n c 3.1 k c 1|literal :r|structure add thread|hole",
            "literal a-2 b-1 c-3|split|sort member r.n|console",
            "literal a-2 b-1 c-3|split|sort qualify r member n d member k|take 1|console",
            "literal a-2 b-1|split|locate (qual r mem n) /1/|console",
            "literal a-2 b-1|split|change qual r mem k /a/A/|take 1|console",
        ]);
        assert_eq!(rcs, [0; 5]);
        assert_eq!(said, ["b-1", "a-2", "c-3", "c-3", "b-1", "A-2"]);
    }

    #[test]
    fn members_in_expressions_have_their_types() {
        let shows = |items: &str, line: &str| {
            let found = with(&format!("specs qual emp {items}"));
            assert_eq!(found, (0, vec![line.to_string()]), "{items}");
        };
        shows("print pay 1", "     123.45");
        shows("print age 1 print left nw", "       -100       65534");
        shows("print age+left*2 1", "     130968");
        shows("print emp.left 1", "      65534");
        shows("print name 1", "Smith ");
        shows("set #0+=left set #0+=left print #0 1", "     131068");
        shows(
            "if age<0&name='Smith' then /yes/ 1 else /no/ 1 endif",
            "yes",
        );
        // A field identifier goes before a member.
        assert_eq!(with("specs print name 1").0, -1032);
        assert_eq!(with("specs qual emp print nome 1").0, -9007);
    }

    #[test]
    fn a_field_identifier_goes_before_a_member() {
        let (rcs, said) = session(&[
            "literal n d 1.1|literal :r|structure add",
            "strliteral x0537|specs qual r n: 2 . print n 1|console",
            "strliteral x0537|specs qual r print n 1|console",
        ]);
        assert_eq!(
            (rcs, said),
            (vec![0; 3], vec!["7".into(), "          5".into()])
        );
    }

    #[test]
    fn definitions_last_as_long_as_was_said() {
        let (rcs, said) = session(&[
            "literal q c 2.1|literal :s|structure add caller|hole\
             |append literal literal abc!substr member s.q!console|change /!/||/|runpipe",
            "literal abc|substr member s.q|console",
            "literal q c 3.1|literal :s|structure add thread|hole",
            "literal abc|substr member s.q|console",
            "literal q c 1.1|literal :s|structure add",
            "literal abc|substr member s.q|console",
        ]);
        assert_eq!(rcs, [0, -9006, 0, 0, 0, 0]);
        assert_eq!(said, ["b", "c", "a"]);
    }

    #[test]
    fn what_is_listed_can_be_added_again() {
        let (rcs, said) = session(&[
            "< defs struct|structure add",
            "structure list|> copy struct",
            "structure delete",
            "literal :emp|structure delete",
            "structure list|console",
            "< copy struct|structure add thread|hole",
            "structure list emp|console",
            "literal emp|structure list|take 1|console",
            "structure list boss|console",
        ]);
        assert_eq!(rcs, [0, 0, -127, 0, 0, 0, 0, 0, -9006]);
        let lines = [
            ":emp",
            "name C 1.6",
            "pay P(2) 7.3",
            "age D 10.1",
            "left U 11.2",
            "rest X 13-*",
            ":emp",
        ];
        assert_eq!(said, lines);
    }

    #[test]
    fn members_stand_wherever_ranges_do() {
        let (rcs, said) = session(&[
            "literal key c 1.1 val c 2.3|literal :s|structure add thread|hole",
            "literal aone btwo cone|split|pick qualify s member val == /x/,/one/|console",
            "literal aone btwo c two|split|pick /two/,/b/ == member s.val,member s.key|console",
            "literal atwo|pick /b/ == member s.key,member s.val|console",
            "literal aone btwo ctwo|split|unique (qualify s member val) first|console",
            "literal xone ytwo|split|sort member s.val d|console",
        ]);
        assert_eq!(rcs, [0, 0, -687, 0, 0, 0]);
        assert_eq!(said, ["aone", "cone", "aone", "btwo", "ytwo", "xone"]);
    }

    #[test]
    fn bad_definitions_define_nothing() {
        for (lines, rc) in [
            (":a!x c 1!:b!y 1 2", -111),
            (":a!x c", -113),
            (":a!x", -113),
            (":a!x c w2", -54),
            (":a!x c -3;-1", -54),
            (":a!x d(2) 1.4", -111),
            (":a!x p(40) 1.4", -111),
            (":!x c 1", -111),
            (":a.b!x c 1", -111),
            ("x c 1!:a", -9006),
        ] {
            let spec = format!("literal {lines}|split !|structure add");
            let (rcs, said) = session(&[&spec, "structure list|console"]);
            assert_eq!(rcs, [rc, 0], "{lines}");
            assert!(said.is_empty(), "{said:?}");
        }
        check("literal a|structure|console", -11, &[]);
        check("literal a|structure change|console", -111, &[]);
        check("literal a|structure add thread a|console", -112, &[]);
        check("structure add|console", -127, &[]);
        let (rcs, said) = session(&[
            "< defs struct|structure add",
            "structure delete emp",
            "structure delete emp",
            "structure list|console",
        ]);
        assert_eq!((rcs, said), (vec![0, 0, -9006, 0], vec![]));
    }
}
