//! Data bases: SQL, SQLSELECT
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"). What answers is the host's
//! matter; the fields of a row are apart by tabulate characters, so that field ranges find them.

use super::{Delay, PLAIN, Place, Row, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::host::{Database, Rows, SqlError};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "SQL",
        operands: "[DATABASE delimitedString] [EXECUTE [statement] | DESCRIBE statement | statement]",
        doc: "Runs a statement and writes its rows; with EXECUTE each record is a statement, else the fields of each record are the values of the statement's markers.",
        eof: EofReport::Current,
        make: sql,
        example: ("sql select 1|change x09 /,/|console", &["1,select 1"]),
        ..PLAIN
    },
    Row {
        names: "SQLSELECT",
        operands: "[DATABASE delimitedString] query",
        doc: "Writes the names of the columns of a query, then its rows, in columns.",
        place: Place::First,
        delay: Delay::Source,
        make: select,
        example: ("sqlselect 1|console", &["N  STATEMENT", "1  select 1"]),
        ..PLAIN
    },
];

/// What SQL does with its statement and its records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Records are statements.
    Execute,
    /// The names of the columns are written.
    Describe,
    /// Records are values.
    Statement,
}

fn database(args: &mut Args<'_>) -> Result<Option<Vec<u8>>, Fault> {
    match args.keyword("DATABASE") {
        true => args.delimited().map(Some),
        false => Ok(None),
    }
}

fn sql_fault(error: &SqlError) -> Fault {
    let code = error.code.to_string();
    Fault::new(&fpl::FPLSQL354E, &[code.as_bytes(), &error.text])
}

async fn open(s: &Stage, name: Option<Vec<u8>>) -> Result<Box<dyn Database>, Stop> {
    let opened = s.host(move |h| h.database(name.as_deref())).await;
    opened.map_err(|error| s.fail(sql_fault(&error)))
}

fn sql(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let name = database(args)?;
    let what = args.choice(&[("EXECUTE", What::Execute), ("DESCRIBE", What::Describe)]);
    let what = what.unwrap_or(What::Statement);
    let statement = args::trim(args.take_rest()).to_vec();
    if statement.is_empty() && (what != What::Execute || first) {
        return Err(args.missing());
    }
    Ok(task(move |s| async move {
        let mut base = open(&s, name).await?;
        s.commit(0).await?;
        let ended = run(&s, &mut *base, what, first, &statement).await;
        // What was changed stays only when all went well.
        let done = match ended {
            Ok(()) | Err(Stop::Eof) => base.commit(),
            Err(_) => base.rollback(),
        };
        ended?;
        done.map_err(|error| s.fail(sql_fault(&error)))
    }))
}

async fn run(
    s: &Stage,
    base: &mut dyn Database,
    what: What,
    first: bool,
    statement: &[u8],
) -> Result<(), Stop> {
    let mut go = |statement: &[u8], values: &[&[u8]]| {
        let found = base.run(statement, values);
        found.map_err(|error| s.fail(sql_fault(&error)))
    };
    match what {
        What::Describe => {
            for name in go(statement, &[])?.names {
                s.pass(0, Record::from(name)).await?;
            }
            s.short(0, 0).await
        }
        What::Execute => {
            if !statement.is_empty() {
                give(s, go(statement, &[])?).await?;
            }
            while let Some(record) = s.next(0).await? {
                give(s, go(&record, &[])?).await?;
                s.readto(0).await?;
            }
            Ok(())
        }
        What::Statement if first => give(s, go(statement, &[])?).await,
        What::Statement => {
            while let Some(record) = s.next(0).await? {
                let values: Vec<&[u8]> = record.split(|&b| b == b'\t').collect();
                give(s, go(statement, &values)?).await?;
                s.readto(0).await?;
            }
            Ok(())
        }
    }
}

async fn give(s: &Stage, rows: Rows) -> Result<(), Stop> {
    for row in rows.rows {
        let fields: Vec<Vec<u8>> = row.into_iter().map(Option::unwrap_or_default).collect();
        s.pass(0, Record::from(fields.join(&b'\t'))).await?;
    }
    Ok(())
}

fn select(args: &mut Args<'_>) -> Result<Body, Fault> {
    let name = database(args)?;
    let query = args::trim(args.take_rest());
    if query.is_empty() {
        return Err(args.missing());
    }
    let begins = query.get(..7).unwrap_or_default();
    let statement = match begins.eq_ignore_ascii_case(b"select ") {
        true => query.to_vec(),
        false => [b"select ", query].concat(),
    };
    Ok(task(move |s| async move {
        let mut base = open(&s, name).await?;
        s.commit(0).await?;
        let found = base.run(&statement, &[]);
        let found = found.map_err(|error| s.fail(sql_fault(&error)))?;
        for line in columns(&found) {
            s.output(0, Record::from(line)).await?;
        }
        Ok(())
    }))
}

/// The names and the rows, each column as wide as its widest field, two blanks between them.
fn columns(found: &Rows) -> Vec<Vec<u8>> {
    let fields = |row: &[Option<Vec<u8>>]| -> Vec<Vec<u8>> {
        row.iter().map(|f| f.clone().unwrap_or_default()).collect()
    };
    let mut lines = vec![found.names.clone()];
    lines.extend(found.rows.iter().map(|row| fields(row)));
    let mut widths = vec![0; found.names.len()];
    for line in &lines {
        for (width, field) in widths.iter_mut().zip(line) {
            *width = field.len().max(*width);
        }
    }
    let join = |line: Vec<Vec<u8>>| {
        let mut out = Vec::new();
        let mut start = 0;
        for (field, width) in line.iter().zip(&widths) {
            out.resize(start, b' ');
            out.extend_from_slice(field);
            start += width + 2;
        }
        out
    };
    lines.into_iter().map(join).collect()
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn statements_and_values() {
        // The data base of the tests numbers the statements it runs and gives each back with its values.
        check(
            "literal select a|literal select b|sql execute select c|change x09 / /|console",
            0,
            &["1 select c", "2 select b", "3 select a"],
        );
        check(
            "strliteral x61096220|sql insert|change x09 /,/|console",
            0,
            &["1,insert,a,b "],
        );
        check("sql describe select a|console", 0, &["N", "STATEMENT"]);
        check("sql bad|console", -354, &[]);
        check("sql database /nowhere/ select a|console", -354, &[]);
        check("sql|console", -11, &[]);
        check("literal a|sqlselect b", -87, &[]);
        check("sqlselect select b|drop 1|console", 0, &["1  select b"]);
    }
}
