//! Files as streams of bytes: BFS, BFSREPLACE, BFSDIRECTORY, BFSSTATE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"), on the files of the host.

use super::files::file_fault;
use super::{DRIVER, Delay, PLAIN, Place, Row, codes, task};
use crate::base::Record;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::host::{FileError, Mode};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[
    Row {
        names: "BFS HFS",
        operands: "path",
        doc: "Reads the bytes of a host file, in records as they come, when first; else adds the bytes of its records to the file and passes them.",
        make: |a| match a.first {
            true => read(a),
            false => write(a, Mode::Append),
        },
        example: (
            "bfs test data|specs 1-* c2x 1|console",
            &["6F6E6574776F7468726565"],
        ),
        ..DRIVER
    },
    Row {
        names: "BFSREPlace HFSREPlace",
        operands: "path",
        doc: "Replaces the bytes of a host file by those of its records and passes them.",
        place: Place::NotFirst,
        make: |a| write(a, Mode::Replace),
        example: ("literal new|bfsreplace test data|console", &["new"]),
        ..DRIVER
    },
    Row {
        names: "BFSDIRectory HFSDIRectory",
        operands: "[path]",
        doc: "Writes the names of the files of a folder of the host.",
        place: Place::First,
        delay: Delay::Source,
        make: directory,
        example: ("bfsdir .|console", &["TEST DATA"]),
        ..PLAIN
    },
    Row {
        names: "BFSSTATe HFSSTATe",
        operands: "[path]",
        doc: "Passes the paths of host files that exist; the others go to the secondary output, else the return code is 28.",
        outputs: 2,
        eof: EofReport::Current,
        make: state,
        example: ("literal test data|bfsstate|console", &["test data"]),
        ..PLAIN
    },
];

fn path(args: &mut Args<'_>) -> Result<Vec<u8>, Fault> {
    match args::trim(args.take_rest()) {
        b"" => Err(args.missing()),
        path => Ok(path.to_vec()),
    }
}

fn read(args: &mut Args<'_>) -> Result<Body, Fault> {
    let path = path(args)?;
    let page = args.page;
    Ok(task(move |s| async move {
        let name = path.clone();
        let opened = s.host(move |h| h.open_bytes(&name)).await;
        let mut input = opened.map_err(|e| s.fail(file_fault(&path, e)))?;
        s.commit(0).await?;
        loop {
            match input.read() {
                Ok(Some(bytes)) => s.output(0, codes::record(page, bytes.into_vec())).await?,
                Ok(None) => return Ok(()),
                Err(e) => return Err(s.fail(file_fault(&path, e))),
            }
        }
    }))
}

fn write(args: &mut Args<'_>, how: Mode) -> Result<Body, Fault> {
    let path = path(args)?;
    let page = args.page;
    Ok(task(move |s| async move {
        let name = path.clone();
        let opened = s.host(move |h| h.create_bytes(&name, how)).await;
        let mut output = opened.map_err(|e| s.fail(file_fault(&path, e)))?;
        s.commit(0).await?;
        while let Some(record) = s.next(0).await? {
            let put = output.put(&codes::of(page, &record));
            put.map_err(|e| s.fail(file_fault(&path, e)))?;
            s.pass(0, record).await?;
            s.readto(0).await?;
        }
        let done = output.commit();
        done.map_err(|e| s.fail(file_fault(&path, e)))
    }))
}

fn directory(args: &mut Args<'_>) -> Result<Body, Fault> {
    let path = match args.is_done() {
        true => b".".to_vec(),
        false => path(args)?,
    };
    Ok(task(|s| async move {
        let name = path.clone();
        let names = s.host(move |h| h.folder(&name)).await;
        for name in names.map_err(|e| s.fail(file_fault(&path, e)))? {
            s.output(0, Record::from(name)).await?;
        }
        Ok(())
    }))
}

fn state(args: &mut Args<'_>) -> Result<Body, Fault> {
    let mut next = match args.is_done() {
        true => None,
        false => Some(Record::from(path(args)?)),
    };
    Ok(task(move |s| async move {
        s.commit(0).await?;
        let mut missing = false;
        loop {
            let given = next.take();
            let from_input = given.is_none();
            let record = match given {
                Some(record) => record,
                None => match s.next(0).await? {
                    Some(record) => record,
                    None => break,
                },
            };
            let name = args::trim(&record).to_vec();
            let opened = s.host(move |h| h.open_bytes(&name).map(drop)).await;
            match opened {
                Ok(()) => s.pass(0, record).await?,
                Err(FileError::NotFound) if s.streams().1 > 1 => s.pass(1, record).await?,
                Err(FileError::NotFound) => missing = true,
                Err(e) => return Err(s.fail(file_fault(&record, e))),
            }
            if from_input {
                s.readto(0).await?;
            }
        }
        crate::pipe::stage::end_with(if missing { 28 } else { 0 })
    }))
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::TestHost;

    #[test]
    fn bytes_of_files() {
        let mut host = TestHost::default();
        assert_eq!(
            host.run("literal b|literal a|bfsreplace some file|console"),
            0
        );
        assert_eq!(host.run("literal c|hfs some file"), 0);
        assert_eq!(host.run("bfs some file|console"), 0);
        assert_eq!(host.said, ["a", "b", "abc"]);
        assert_eq!(host.run("bfs no file|console"), -146);
        assert_eq!(host.run("bfs"), -11);
        assert_eq!(host.run("bfsstate no file"), 28);
        assert_eq!(host.run("bfsstate some file"), 0);
        host.said.clear();
        let spec =
            "(end ?) literal no file|literal some file|b: bfsstat|console ? b: |insert />/|console";
        assert_eq!(host.run(spec), 0);
        assert_eq!(host.said, ["some file", ">no file"]);
    }

    #[test]
    fn a_stage_that_fails_leaves_the_bytes_as_they_were() {
        let mut host = TestHost::default();
        host.file("KEEP FILE", &["old"]);
        assert_eq!(host.run("literal new|bfsreplace keep file|count"), -11);
        assert_eq!(host.lines("KEEP FILE"), ["old"]);
    }
}
