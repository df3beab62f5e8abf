//! Program text: SCM, UPDATE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs"; *CMS Commands and Utilities
//! Reference*, UPDATE).

mod update;

use super::{PLAIN, Row, filter, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::Map;
use crate::pipe::range::{Range, Separators};
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[
    Row {
        names: "SCM",
        operands: "[number [number]]",
        doc: "Lines up the comments at the end of REXX lines: from column 39 to column 71 unless said.",
        make: scm,
        example: (
            "literal say 1 /* one */|scm 10 24|console",
            &["say 1    /* one       */"],
        ),
        ..PLAIN
    },
    Row {
        names: "UPDATE",
        operands: "[inputRange]",
        doc: "Applies the update on stream 1 (./ I, D, R, S and *) to the lines of stream 0 by their sequence numbers (columns 73 to 80 unless said); the update goes to the secondary output.",
        inputs: 2,
        outputs: 2,
        make: |a| {
            let range = match a.is_done() {
                true => Range::take(&mut Args::new(b"73-80", false), &mut Separators::default())?,
                false => Range::take(a, &mut Separators::default())?,
            };
            a.end()?;
            a.secondary()?;
            Ok(task(move |s| update::run(s, range)))
        },
        example: (
            "(end ?) literal b 2|literal a 1|u: update w2|console ? literal new 1|literal ./ I 1|u:",
            &["a 1", "new 1", "b 2"],
        ),
        ..PLAIN
    },
];

fn scm(args: &mut Args<'_>) -> Result<Body, Fault> {
    let column = |args: &mut Args<'_>, usual: usize| match args.is_done() {
        true => Ok(usual),
        false => match args.length()? {
            0 => Err(Fault::new(&fpl::FPLSCA066E, &[b"0"])),
            n => Ok(n),
        },
    };
    let from = column(args, 39)?;
    let to = column(args, 71)?;
    args.end()?;
    if to < from + 4 {
        return Err(Fault::new(&fpl::FPLSCA111E, &[to.to_string().as_bytes()]));
    }
    filter(Map(move |record: &Record| {
        line_up(record, from, to).map_or_else(|| record.clone(), Record::from)
    }))
}

/// The line with its comment in place; `None` when no comment ends it, or nothing stands before that.
fn line_up(record: &[u8], from: usize, to: usize) -> Option<Vec<u8>> {
    let line = record.trim_ascii_end();
    let inner = line.strip_suffix(b"*/")?;
    let at = memchr::memmem::rfind(inner, b"/*")?;
    let code = inner[..at].trim_ascii_end();
    if code.trim_ascii().is_empty() || memchr::memmem::find(code, b"*/").is_some() {
        return None;
    }
    let comment = args::trim(&inner[at + 2..]);
    let mut out = code.to_vec();
    out.resize(out.len().max(from - 2) + 1, b' ');
    out.truncate(out.len().max(from - 1));
    out.extend_from_slice(b"/* ");
    out.extend_from_slice(comment);
    out.resize(out.len().max(to - 3) + 1, b' ');
    out.truncate(out.len().max(to - 2));
    out.extend_from_slice(b"*/");
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn comments_in_line() {
        for (line, said) in [
            ("x = 1 /* a */", "x = 1    /* a       */"),
            ("/* alone */", "/* alone */"),
            ("no comment", "no comment"),
            ("a /* one */ b /* two */", "a /* one */ b /* two */"),
            ("a long statement /* c */", "a long statement /* c */"),
            ("a   /*c*/   ", "a        /* c       */"),
        ] {
            check(&format!("literal {line}|scm 10 22|console"), 0, &[said]);
        }
        check("literal a|scm 10 12|console", -111, &[]);
        check("literal a|scm 0|console", -66, &[]);
    }

    const OLD: &str = "literal a 10|append literal b 20|append literal c 30|append literal d 40";

    fn updated(update: &str, rc: i32, said: &[&str]) {
        let update = update.replace("; ", "|append literal ");
        check(
            &format!("(end ?) {OLD}|u: update w2|console ? literal {update}|u:"),
            rc,
            said,
        );
    }

    #[test]
    fn updates() {
        updated("./ * nothing", 0, &["a 10", "b 20", "c 30", "d 40"]);
        updated(
            "./ I 20; x; y",
            0,
            &["a 10", "b 20", "x", "y", "c 30", "d 40"],
        );
        updated("./ I 0; x", 0, &["x", "a 10", "b 20", "c 30", "d 40"]);
        updated("./ D 20 30", 0, &["a 10", "d 40"]);
        updated("./ D 40", 0, &["a 10", "b 20", "c 30"]);
        updated("./ R 20 30; x; ./ I 40; z", 0, &["a 10", "x", "d 40", "z"]);
        updated("./ D 10; ./ * why; ./ D 30 $", 0, &["b 20", "d 40"]);
        // A number that is not there, or behind where the update stands.
        updated("./ D 25", -225, &["a 10", "b 20"]);
        updated("./ D 30; ./ I 20; x", -225, &["a 10", "b 20"]);
        updated("./ Q 30", -111, &[]);
        updated("x", -111, &[]);
        updated("./ I x", -58, &[]);
    }

    #[test]
    fn the_update_is_a_log() {
        check(
            "(end ?) literal a 10|u: update w2|hole ? literal x|literal ./ I 10|u: |console",
            0,
            &["./ I 10", "x"],
        );
        check(
            "(end ?) literal a|pad 72|insert /00000010/ after|u: update|chop 1|console ? literal b|literal ./ R 10|u:",
            0,
            &["b"],
        );
    }

    #[test]
    fn lines_numbered_anew() {
        check(
            "(end ?) literal b|literal a|pad 80|u: update|specs 1 1 73-80 nw|console ? literal ./ S 100 50|u:",
            0,
            &["a 00000100", "b 00000150"],
        );
        check(
            "(end ?) literal a|pad 72|insert /00000010/ after|u: update|specs 1 1 73-80 nw|console ? literal y|literal x|literal ./ I 10 $ 11 2|u:",
            0,
            &["a 00000010", "x 00000011", "y 00000013"],
        );
    }
}
