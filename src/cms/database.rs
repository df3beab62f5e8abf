//! SQLite behind the SQL stages (feature `sql`).

use crate::pipe::{Database, SqlError};

/// What is said of a data base that cannot be had.
pub fn unavailable(text: &str) -> SqlError {
    SqlError {
        code: -1,
        text: text.as_bytes().to_vec(),
    }
}

#[cfg(feature = "sql")]
pub use with::open;
#[cfg(not(feature = "sql"))]
pub use without::open;

#[cfg(not(feature = "sql"))]
mod without {
    use super::*;
    use std::path::Path;

    /// There is no data base in this build.
    pub fn open(_: &Path) -> Result<Box<dyn Database>, SqlError> {
        Err(unavailable("built without the feature sql"))
    }
}

#[cfg(feature = "sql")]
mod with {
    use super::*;
    use crate::pipe::Rows;
    use rusqlite::types::{Value, ValueRef};
    use rusqlite::{Connection, Error};
    use std::path::Path;

    struct Sqlite(Connection);

    fn failed(error: &Error) -> SqlError {
        let code = match error.sqlite_error() {
            // As DB2 has it, an error is negative.
            Some(e) => -e.extended_code,
            None => -1,
        };
        SqlError {
            code,
            text: error.to_string().into_bytes(),
        }
    }

    /// Opens a data base, or makes one.
    pub fn open(path: &Path) -> Result<Box<dyn Database>, SqlError> {
        let connection = Connection::open(path).map_err(|e| failed(&e))?;
        connection.execute_batch("BEGIN").map_err(|e| failed(&e))?;
        Ok(Box::new(Sqlite(connection)))
    }

    /// A value as SQLite takes it: text when it is UTF-8, else bytes.
    fn value(bytes: &[u8]) -> Value {
        match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.into()),
            Err(_) => Value::Blob(bytes.to_vec()),
        }
    }

    fn shown(value: ValueRef<'_>) -> Option<Vec<u8>> {
        Some(match value {
            ValueRef::Null => return None,
            ValueRef::Integer(n) => n.to_string().into_bytes(),
            ValueRef::Real(x) => x.to_string().into_bytes(),
            ValueRef::Text(text) => text.to_vec(),
            ValueRef::Blob(bytes) => bytes.to_vec(),
        })
    }

    impl Database for Sqlite {
        fn run(&mut self, statement: &[u8], values: &[&[u8]]) -> Result<Rows, SqlError> {
            let text = String::from_utf8_lossy(statement);
            let text = text.trim().trim_end_matches(';');
            let run = || -> Result<Rows, Error> {
                let mut prepared = self.0.prepare(text)?;
                let names = prepared.column_names();
                let names: Vec<Vec<u8>> = names.iter().map(|n| n.as_bytes().to_vec()).collect();
                // Fields that no marker asks for are left out; markers without a field are null.
                for n in 0..prepared.parameter_count() {
                    let value = values.get(n).map_or(Value::Null, |v| value(v));
                    prepared.raw_bind_parameter(n + 1, value)?;
                }
                let mut rows = Vec::new();
                let mut found = prepared.raw_query();
                while let Some(row) = found.next()? {
                    let fields = (0..names.len()).map(|n| row.get_ref(n).map(shown));
                    rows.push(fields.collect::<Result<Vec<_>, _>>()?);
                }
                Ok(Rows { names, rows })
            };
            run().map_err(|e| failed(&e))
        }

        fn commit(&mut self) -> Result<(), SqlError> {
            self.end("COMMIT")
        }

        fn rollback(&mut self) -> Result<(), SqlError> {
            self.end("ROLLBACK")
        }
    }

    impl Sqlite {
        /// Ends the transaction, unless the user's own statements have done so.
        fn end(&mut self, how: &str) -> Result<(), SqlError> {
            match self.0.is_autocommit() {
                true => Ok(()),
                false => self.0.execute_batch(how).map_err(|e| failed(&e)),
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_put_in_comes_out() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sql.database");
            let mut base = open(&path).unwrap();
            base.run(b"create table t (a, b)", &[]).unwrap();
            let insert = b"insert into t values (?, ?);";
            base.run(insert, &[b"1", b"one"]).unwrap();
            base.run(insert, &[b"2"]).unwrap();
            base.commit().unwrap();
            let mut base = open(&path).unwrap();
            let rows = base
                .run(b"select a, b from t order by a desc", &[])
                .unwrap();
            assert_eq!(rows.names, [b"a", b"b"]);
            assert_eq!(
                rows.rows,
                [
                    vec![Some(b"2".to_vec()), None],
                    vec![Some(b"1".to_vec()), Some(b"one".to_vec())]
                ]
            );
            base.run(b"delete from t", &[]).unwrap();
            base.rollback().unwrap();
            let mut base = open(&path).unwrap();
            let rows = base.run(b"select count(*) from t", &[]).unwrap();
            assert_eq!(rows.rows, [vec![Some(b"2".to_vec())]]);
            let error = base.run(b"select nothing", &[]).unwrap_err();
            assert!(error.code < 0);
        }
    }
}
