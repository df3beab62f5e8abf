//! Libraries: MACLIB, MEMBERS, PDSDIRECT
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::files::file_fault;
use super::{Delay, PLAIN, Place, Row, task};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::libpds::{Builder, LRECL, Library};
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "MACLIB",
        operands: "[delimitedString]",
        doc: "Builds a macro library of stacked members, each behind a record of *COPY (or another string) and its name. When the secondary output is connected, the first record goes there at end of file, and a place-holder is written in its stead; without it, the library is held until it is complete.",
        outputs: 2,
        delay: Delay::Buffers,
        make: maclib,
        example: (
            "literal  line|literal *COPY abc|maclib|specs 1.6 1|take 2|console",
            &["LIBPDS", " line "],
        ),
        ..PLAIN
    },
    Row {
        names: "MEMBERs",
        operands: "{fn ft [fm [member ...]] | path [member ...]}",
        doc: "Writes the members of a library that its operands, and then its records, name; names that are not in it go to the secondary output.",
        outputs: 2,
        level: -1,
        eof: EofReport::Current,
        make: members,
        example: (
            "literal  line|literal *COPY abc|maclib|> test maclib a|hole|append members test maclib a abc|strip|console",
            &["line"],
        ),
        ..PLAIN
    },
    Row {
        names: "PDSdirect",
        operands: "{fn ft [fm] | path}",
        doc: "Writes the directory of a library: in columns 1 to 8 of each record the name of a member, in 13 to 16 the number of its first record.",
        place: Place::First,
        delay: Delay::Source,
        level: -1,
        make: direct,
        example: (
            "literal  line|literal *COPY abc|maclib|> test maclib a|hole|append pdsdirect test maclib a|specs 1.8 1 13.4 c2x nw|console",
            &["ABC      00000002"],
        ),
        ..PLAIN
    },
];

/// What begins a member unless said otherwise.
const COPY: &[u8] = b"*COPY ";

fn maclib(args: &mut Args<'_>) -> Result<Body, Fault> {
    let begins = match args.is_done() {
        true => COPY.to_vec(),
        false => args.delimited()?,
    };
    args.end()?;
    let page = args.page;
    Ok(task(move |s| build(s, begins, page)))
}

/// The name behind what begins a member.
fn name<'a>(record: &'a [u8], begins: &[u8]) -> Option<Result<&'a [u8], Fault>> {
    let rest = record.strip_prefix(begins)?;
    let name = rest.split(|&b| b == b' ').find(|w| !w.is_empty());
    Some(match name {
        Some(name) if name.len() <= 8 => Ok(name),
        _ => Err(Fault::new(&fpl::FPLSCA111E, &[args::trim(record)])),
    })
}

/// Where the records of the library go: they are held until the first one is known, unless that has a stream of
/// its own.
struct Sink {
    s: Stage,
    held: Option<Vec<Vec<u8>>>,
}

impl Sink {
    async fn put(&mut self, record: Vec<u8>) -> Result<(), Stop> {
        match &mut self.held {
            Some(held) => {
                held.push(record);
                Ok(())
            }
            None => self.s.pass(0, Record::from(record)).await,
        }
    }
}

async fn build(s: Stage, begins: Vec<u8>, page: CodePage) -> Result<(), Stop> {
    let mut builder = Builder::new(page);
    let apart = s.has_output(1);
    let mut sink = Sink {
        s: s.clone(),
        held: (!apart).then(Vec::new),
    };
    if apart {
        sink.put(builder.header()).await?;
    }
    let mut open = false;
    while let Some(record) = s.next(0).await? {
        match name(&record, &begins) {
            Some(name) => {
                if open {
                    for record in builder.end() {
                        sink.put(record).await?;
                    }
                }
                open = true;
                builder.begin(name.map_err(|fault| s.fail(fault))?);
            }
            None if !open => return Err(s.fail(Fault::new(&fpl::FPLSCA111E, &[&record]))),
            None if record.len() > LRECL => {
                let length = record.len().to_string();
                return Err(s.fail(Fault::new(&fpl::FPLDEB059E, &[length.as_bytes()])));
            }
            None => sink.put(builder.line(&record)).await?,
        }
        s.readto(0).await?;
    }
    if open {
        for record in builder.end() {
            sink.put(record).await?;
        }
    }
    let header = builder.header();
    match sink.held.take() {
        Some(held) => {
            for record in std::iter::once(header).chain(held) {
                s.pass(0, Record::from(record)).await?;
            }
        }
        None => s.pass(1, Record::from(header)).await?,
    }
    for record in builder.directory() {
        s.pass(0, Record::from(record)).await?;
    }
    Ok(())
}

/// Takes a file name, a file type and perhaps a file mode; or a path, which no file name looks like.
fn fileid(args: &mut Args<'_>) -> Result<Vec<u8>, Fault> {
    let first = args.need()?;
    if first.iter().any(|b| b"./".contains(b)) {
        return Ok(first.to_vec());
    }
    let mut words = vec![first, args.need()?];
    words.extend(args.word());
    Ok(words.join(&b' '))
}

/// Reads a whole library.
async fn load(s: &Stage, fileid: Vec<u8>, page: CodePage) -> Result<Library, Stop> {
    let asked = fileid.clone();
    let read = s.host(move |h| {
        let mut file = h.open_input(&asked)?;
        let mut bytes = Vec::new();
        // A record may hold what looks like the end of a line: the lines are put together again.
        while let Some(line) = file.read()? {
            if !bytes.is_empty() {
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(&line);
        }
        Ok(bytes)
    });
    let bytes = read
        .await
        .map_err(|error| s.fail(file_fault(&fileid, error)))?;
    let library = Library::read(bytes, page);
    library.map_err(|_| s.fail(Fault::new(&fpl::FPLPDS9008E, &[&fileid])))
}

fn members(args: &mut Args<'_>) -> Result<Body, Fault> {
    let page = args.page;
    let fileid = fileid(args)?;
    let mut given = Vec::new();
    while let Some(word) = args.word() {
        given.push(word.to_vec());
    }
    Ok(task(move |s| async move {
        let library = load(&s, fileid.clone(), page).await?;
        s.commit(0).await?;
        for name in given {
            write(&s, &library, &fileid, &name).await?;
        }
        loop {
            let record = s.peekto(0).await?;
            for name in record.split(|&b| b == b' ').filter(|w| !w.is_empty()) {
                write(&s, &library, &fileid, name).await?;
            }
            s.readto(0).await?;
        }
    }))
}

/// Writes a member.
async fn write(s: &Stage, library: &Library, fileid: &[u8], name: &[u8]) -> Result<(), Stop> {
    let Some(entry) = library.find(name) else {
        if s.streams().1 > 1 {
            return s.pass(1, Record::from(name.to_vec())).await;
        }
        return Err(s.fail(Fault::new(&fpl::FPLPDS9009E, &[name, fileid])));
    };
    for line in library.member(entry) {
        s.pass(0, Record::from(line.to_vec())).await?;
    }
    Ok(())
}

fn direct(args: &mut Args<'_>) -> Result<Body, Fault> {
    let page = args.page;
    let fileid = fileid(args)?;
    args.end()?;
    Ok(task(move |s| async move {
        let library = load(&s, fileid, page).await?;
        s.commit(0).await?;
        for entry in &library.entries {
            s.output(0, Record::from(entry.bytes.clone())).await?;
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use crate::pipe::Fusion;
    use crate::pipe::tests::{TestHost, check};

    fn session(specs: &[&str]) -> (Vec<i32>, Vec<String>) {
        let run = |fusion| {
            let mut host = TestHost::default();
            let stacked = [
                "*COPY first",
                " one",
                "",
                " three",
                "*COPYING",
                "*COPY  second x",
                " a",
                "*COPY THIRD",
            ];
            host.file("STACKED COPY", &stacked);
            let rcs: Vec<i32> = specs.iter().map(|s| host.run_with(s, fusion)).collect();
            (rcs, host.said)
        };
        let fused = run(Fusion::On);
        assert_eq!(fused, run(Fusion::Off), "fused and not");
        fused
    }

    const BUILD: &str = "< stacked copy|maclib|> my maclib";

    #[test]
    fn members_come_out_as_they_went_in() {
        let (rcs, said) = session(&[
            BUILD,
            "members my maclib|strip trailing|console",
            "literal first|members my maclib|strip trailing|console",
            "literal first third|literal Second|members my maclib|strip trailing|console",
            "< my maclib|> your maclib a",
            "literal third|members your maclib a second|strip trailing|console",
            "< my maclib|> ./my.maclib",
            "members ./my.maclib second third|strip trailing|console",
            "(end ?) literal fourth second|m: members my maclib|strip|console ? m: |insert />/|console",
            "literal fourth|members my maclib|console",
            "members your maclib|console",
            "literal first|members stacked copy|console",
            "members my|console",
        ]);
        assert_eq!(rcs, [0, 0, 0, 0, 0, 0, 0, 0, 0, -9009, -146, -9008, -113]);
        let first = [" one", "", " three", "*COPYING"];
        let mut expected = first.to_vec();
        expected.push(" a");
        expected.extend(first);
        expected.extend([" a", " a", ">fourth", "a"]);
        assert_eq!(said, expected);
    }

    #[test]
    fn the_directory() {
        let (rcs, said) = session(&[
            BUILD,
            "pdsdirect my maclib|specs 1.8 1 9-* c2x n|console",
            "pds my maclib|count lines|console",
            "pdsdirect my maclib a b|hole",
            "literal a|pdsdirect my maclib|hole",
        ]);
        assert_eq!(rcs, [0, 0, 0, -112, -87]);
        let expected = [
            "FIRST   0000000000000002",
            "SECOND  0000000000000007",
            "THIRD   0000000000000009",
            "3",
        ];
        assert_eq!(said, expected);
    }

    /// Record numbers that look like the end of a line, and members that would begin in record 256.
    #[test]
    fn large_libraries() {
        let (rcs, said) = session(&[
            "literal  x|dup 252|literal *COPY a|append literal *COPY b|append literal  y|maclib|> big maclib",
            "literal b|members big maclib|strip|console",
            "pdsdirect big maclib|specs 1.1 1 15.2 c2x n|console",
            "literal  x|dup 6|literal *COPY a|append literal *COPY b|append literal  z|append literal *COPY c|maclib|> ten maclib",
            "literal b|members ten maclib|strip|console",
            "pdsdirect ten maclib|specs 1.1 1 15.2 c2x n|console",
        ]);
        assert_eq!(rcs, [0; 6]);
        let expected = ["y", "A0002", "B0101", "z", "A0002", "B000A", "C000C"];
        assert_eq!(said, expected);
    }

    #[test]
    fn the_first_record_has_a_stream_of_its_own_when_there_is_one() {
        let (rcs, said) = session(&[
            BUILD,
            "(end ?) < stacked copy|m: maclib|> other maclib ? m: |> head record",
            "(end ?) < head record|f: fanin|> joined maclib a ? < other maclib|drop 1|f:",
            "literal second|members joined maclib a|strip|console",
            "pdsdirect joined maclib a|count lines|console",
            "< other maclib|take 1|specs 12 c2x 1 16 c2x nw|console",
        ]);
        assert_eq!(rcs, [0; 6]);
        // The place-holder is that of a library without members.
        assert_eq!(said, ["a", "3", "00 02"]);
    }

    #[test]
    fn stacked_files_that_are_not_valid() {
        check("literal x|maclib|console", -111, &[]);
        check("literal *COPY|maclib|console", -111, &[]);
        check("literal *COPY |maclib|console", -111, &[]);
        check("literal *COPY ninechars|maclib|console", -111, &[]);
        check("literal x|pad 81|literal *COPY a|maclib|console", -59, &[]);
        check("literal a|maclib *COPY|console", -60, &[]);
        check("literal a|maclib /x/ y|console", -112, &[]);
        check("hole|maclib|specs 1.6 1|console", 0, &["LIBPDS"]);
        check(
            "literal  x|literal ++ a|maclib /++/|drop 1|take 1|strip|console",
            0,
            &["x"],
        );
    }
}
