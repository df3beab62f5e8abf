//! PACK, UNPACK (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Delay, PLAIN, Row, codes, filter};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::base::packed::{Bad, Form, FromLines, Given, Packer};
use crate::pipe::args::{Args, Fault};
use crate::pipe::filter::{Emit, Filter, Flow};
use crate::pipe::stage::Body;

pub const TABLE: &[Row] = &[
    Row {
        names: "PACK",
        operands: "[Fixed | Variable] [number]",
        doc: "Packs records as COPYFILE and XEDIT do, in blocks of 1024 bytes. Unless said otherwise the file is of fixed records when all have one length, and the record length is that of the longest record.",
        delay: Delay::Buffers,
        make: pack,
        example: (
            "literal aaaaaaaab|pack fixed|specs 1-8 c2x 1 9.6 c2x nw|console",
            &["0001204600000009 7A07618062FF"],
        ),
        ..PLAIN
    },
    Row {
        names: "UNPACK",
        operands: "",
        doc: "Unpacks a file that PACK, COPYFILE or XEDIT has packed; a file that is not packed is passed as it is.",
        make: |a| {
            a.end()?;
            filter(Unpack(FromLines::new(a.page)))
        },
        example: ("literal aaaaaaaab|pack|unpack|console", &["aaaaaaaab"]),
        ..PLAIN
    },
];

/// PACK: records are held as long as something must be found out from them.
struct Pack {
    page: CodePage,
    form: Option<Form>,
    lrecl: Option<u32>,
    held: Vec<Record>,
    packer: Option<Packer>,
}

fn pack(args: &mut Args<'_>) -> Result<Body, Fault> {
    let form = args.choice(&[("Fixed", Form::Fixed), ("Variable", Form::Variable)]);
    let lrecl = match args.is_done() {
        true => None,
        false => {
            let word = args.peek().unwrap_or_default();
            let bad = || Fault::new(&fpl::FPLDEB059E, &[word]);
            let n = u32::try_from(args.length()?).map_err(|_| bad())?;
            Some(n).filter(|n| *n > 0).map(Some).ok_or_else(bad)?
        }
    };
    args.end()?;
    filter(Pack {
        page: args.page,
        form,
        lrecl,
        held: Vec::new(),
        packer: None,
    })
}

fn length(record: &[u8]) -> u32 {
    u32::try_from(record.len()).unwrap_or(u32::MAX)
}

impl Pack {
    /// Packs a record, once the form and the record length are known.
    fn put(&mut self, form: Form, lrecl: u32, record: &Record) -> Result<(), Fault> {
        let fits = match form {
            Form::Fixed => length(record) == lrecl,
            Form::Variable => length(record) <= lrecl,
        };
        if !fits {
            let length = record.len().to_string();
            return Err(Fault::new(&fpl::FPLDEB059E, &[length.as_bytes()]));
        }
        let page = self.page;
        let make = || Packer::in_page(form, lrecl, page);
        let packer = self.packer.get_or_insert_with(make);
        packer.put(&codes::of(page, record));
        Ok(())
    }

    fn write(&self, blocks: Vec<Vec<u8>>, out: &mut Emit) {
        for block in blocks {
            out.put(0, codes::record(self.page, block));
        }
    }
}

impl Filter for Pack {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        let (form, lrecl) = match (self.form, self.lrecl) {
            (Some(form), Some(lrecl)) => (form, lrecl),
            // The first record says how long all are.
            (Some(Form::Fixed), None) => {
                let lrecl = length(record).max(1);
                self.lrecl = Some(lrecl);
                (Form::Fixed, lrecl)
            }
            _ => {
                self.held.push(record.clone());
                return Flow::More;
            }
        };
        if let Err(fault) = self.put(form, lrecl, record) {
            return out.fail(fault);
        }
        let blocks = self.packer.as_mut().map(Packer::blocks);
        self.write(blocks.unwrap_or_default(), out);
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        let held = std::mem::take(&mut self.held);
        let longest = held.iter().map(|r| length(r)).max().unwrap_or(0);
        let lrecl = self.lrecl.unwrap_or(longest).max(1);
        let alike = !held.is_empty() && held.iter().all(|r| length(r) == lrecl);
        let usual = if alike { Form::Fixed } else { Form::Variable };
        let form = self.form.unwrap_or(usual);
        for record in &held {
            if let Err(fault) = self.put(form, lrecl, record) {
                out.fail(fault);
                return;
            }
        }
        // A file without records is packed too.
        let made = self.packer.take();
        let made = made.unwrap_or_else(|| Packer::in_page(form, lrecl, self.page));
        self.write(made.finish(), out);
    }
}

/// UNPACK.
struct Unpack(FromLines);

impl Filter for Unpack {
    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        match self.0.line(record) {
            Ok(Given::AsItIs) => out.put(0, record.clone()),
            Ok(Given::Records(records)) => give(records, out),
            Err(Bad) => return out.fail(Fault::new(&fpl::FPLDEB072E, &[])),
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        match self.0.finish() {
            Ok(records) => give(records, out),
            Err(Bad) => {
                out.fail(Fault::new(&fpl::FPLDEB072E, &[]));
            }
        }
    }
}

fn give(records: Vec<Vec<u8>>, out: &mut Emit) {
    for record in records {
        out.put(0, Record::from(record));
    }
}

#[cfg(test)]
mod tests {
    use crate::base::codepage::CodePage;
    use crate::pipe::Fusion;
    use crate::pipe::tests::{TestHost, check};

    #[test]
    fn what_is_not_packed_is_passed() {
        check("literal a  b c|split|unpack|console", 0, &["a", "b", "c"]);
        check("hole|unpack|console", 0, &[]);
        check("strliteral x0001|unpack|count bytes|console", 0, &["2"]);
    }

    #[test]
    fn records_come_out_as_they_went_in() {
        let lines = [
            "",
            "a",
            "",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "  b  ",
        ];
        for page in [CodePage::Host, CodePage::Ibm1047] {
            for operands in ["", "variable", "variable 100", "100", "v 1000"] {
                for fusion in [Fusion::On, Fusion::Off] {
                    let mut host = TestHost {
                        page,
                        ..TestHost::default()
                    };
                    host.file("A A", &lines);
                    let spec = format!("< a a|pack {operands}|unpack|console");
                    assert_eq!(host.run_with(&spec, fusion), 0, "{spec} {:?}", host.told);
                    assert_eq!(host.said, lines, "{spec}");
                }
            }
        }
        check(
            "literal a|dup 4000|pack|unpack|count lines|console",
            0,
            &["4001"],
        );
        check("literal ab cd|split|pack|unpack|console", 0, &["ab", "cd"]);
        check("hole|pack|unpack|console", 0, &[]);
    }

    #[test]
    fn blocks_and_headers() {
        let header = |spec: &str, shows: &str| {
            check(
                &format!("{spec}|specs 1.8 c2x 1|take 1|console"),
                0,
                &[shows],
            );
        };
        header("literal ab cd|split|pack", "0001204600000002");
        header("literal ab c|split|pack", "0001205600000002");
        header("literal ab cd|split|pack variable", "0001205600000002");
        header("literal ab c|split|pack v 80", "0001205600000050");
        header("hole|pack", "0001205600000001");
        check(
            "xrange|dup 20|pack fixed|count lines minline maxline|console",
            0,
            &["6 1024 1024"],
        );
        let mut host = TestHost {
            page: CodePage::Ibm1047,
            ..TestHost::default()
        };
        assert_eq!(host.run("literal   ab|pack|specs 1.12 c2x 1|console"), 0);
        assert_eq!(host.said, ["000140C60000000401818182"]);
    }

    /// A file of lines cuts blocks where a byte is that of a new line.
    #[test]
    fn blocks_that_were_kept_as_lines() {
        for width in [10, 11, 300] {
            let spec = format!(
                "literal a b|split|pad {width}|pack v {width}|block 5000 linend 0a|deblock linend 0a|unpack|strip|console"
            );
            check(&spec, 0, &["a", "b"]);
        }
    }

    #[test]
    fn what_cannot_be_packed_or_unpacked() {
        check("literal ab c|split|pack fixed|console", -59, &[]);
        check("literal ab|pack f 3|console", -59, &[]);
        check("literal ab|pack v 1|console", -59, &[]);
        check("literal ab|pack v 0|console", -59, &[]);
        check("literal ab|pack f x|console", -58, &[]);
        check("literal ab|pack f 2 x|console", -112, &[]);
        check("literal a|unpack b|console", -112, &[]);
        check("strliteral x0001204600000001|unpack|console", -72, &[]);
        check("strliteral x000120460000000003FF|unpack|console", -72, &[]);
        check("literal abc|pack|chop 10|unpack|console", -72, &[]);
    }
}
