//! Files and the program stack: <, >, >>, STACK, HOLE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{DRIVER, Delay, MANY, PLAIN, Place, Row, filter, task};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::filter::{Each, Emit, Filter, Flow};
use crate::pipe::host::{FileError, Format, Mode, Order, Output, Sought};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "< DISKR FILER <MDSK <OE",
        operands: "fileid",
        doc: "Reads a file.",
        place: Place::First,
        delay: Delay::Source,
        level: -1,
        make: read,
        example: ("< test data|console", &["one", "two", "three"]),
        ..PLAIN
    },
    Row {
        names: "> DISKW FILEW >MDSK >OE",
        operands: "fileid [Variable | Fixed [number]] [COERCE | CHOP | STRIP | PAD [xorc]]",
        doc: "Replaces or makes a file and passes the records; the old file stays until all went well.",
        place: Place::NotFirst,
        make: |a| write(a, Mode::Replace),
        example: ("literal new|> test data|console", &["new"]),
        ..DRIVER
    },
    Row {
        names: ">> DISKA FILEA >>MDSK >>OE",
        operands: "fileid [Variable | Fixed [number]] [COERCE | CHOP | STRIP | PAD [xorc]]",
        doc: "Adds records to a file, or makes it, and passes the records.",
        place: Place::NotFirst,
        make: |a| write(a, Mode::Append),
        example: ("literal new|>> test data|console", &["new"]),
        ..DRIVER
    },
    Row {
        names: "GETfiles",
        operands: "",
        doc: "Writes the files that its records name.",
        make: getfiles,
        example: ("literal test data|getfiles|take 1|console", &["one"]),
        ..PLAIN
    },
    Row {
        names: "STACK",
        operands: "[FIFO | LIFO] [ALL]",
        doc: "Reads the program stack when first; else puts the records on it and passes them.",
        make: stack,
        example: ("literal b|literal a|stack|console", &["a", "b"]),
        ..DRIVER
    },
    Row {
        names: "HOLE",
        operands: "",
        doc: "Reads and discards records.",
        inputs: MANY,
        outputs: MANY,
        eof: EofReport::Current,
        make: hole,
        example: ("literal a|hole|console", &[]),
        ..PLAIN
    },
];

/// What there is to say about a file error.
pub(super) fn file_fault(fileid: &[u8], error: FileError) -> Fault {
    match error {
        FileError::NotFound => Fault::new(&fpl::FPLDSK146E, &[fileid]),
        FileError::NoDisk | FileError::ReadOnly => Fault::new(&fpl::FPLDSK119E, &[fileid]),
        FileError::BadName(word) => Fault::new(&fpl::FPLDSK215E, &[&word]),
        FileError::Failed(text) => Fault::new(&fpl::FPLDSK9010E, &[fileid, &text]),
    }
}

/// After so many records a file's reader looks again whether all of them are wanted: what drops some never
/// comes to want them later.
const LOOK: u32 = 256;

fn read(args: &mut Args<'_>) -> Result<Body, Fault> {
    let fileid = args::trim(args.take_rest()).to_vec();
    if fileid.is_empty() {
        return Err(args.missing());
    }
    Ok(task(|s| async move {
        let name = fileid.clone();
        let opened = s.host(move |h| h.open_input(&name)).await;
        let mut input = opened.map_err(|e| s.fail(file_fault(&fileid, e)))?;
        s.commit(0).await?;
        loop {
            let sought = s.sought(0);
            let mut left = LOOK;
            let mut other = None;
            s.output_all(0, || {
                if left == 0 {
                    return None;
                }
                left -= 1;
                let read = match &sought {
                    Some(text) => input.seek(text),
                    None => match input.at_hand() {
                        Some(record) => return Some(record),
                        None => input.read().map(Sought::from),
                    },
                };
                match read {
                    Ok(Sought::Record(record)) => Some(record),
                    read => {
                        other = Some(read);
                        None
                    }
                }
            })
            .await?;
            match other {
                None => {}
                Some(Ok(Sought::End)) => return Ok(()),
                Some(Ok(_)) => s.spend().await,
                Some(Err(e)) => return Err(s.fail(file_fault(&fileid, e))),
            }
        }
    }))
}

fn getfiles(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(|s| async move {
        loop {
            let record = s.peekto(0).await?;
            let fileid = args::trim(&record).to_vec();
            let name = fileid.clone();
            let opened = s.host(move |h| h.open_input(&name)).await;
            let mut input = opened.map_err(|e| s.fail(file_fault(&fileid, e)))?;
            loop {
                match input.read() {
                    Ok(Some(line)) => s.output(0, line).await?,
                    Ok(None) => break,
                    Err(e) => return Err(s.fail(file_fault(&fileid, e))),
                }
            }
            s.readto(0).await?;
        }
    }))
}

/// How records are made to fit a fixed length.
#[derive(Clone, Copy, Default)]
pub(super) struct Coerce {
    chop: bool,
    strip: bool,
    pad: Option<u8>,
}

fn write(args: &mut Args<'_>, mode: Mode) -> Result<Body, Fault> {
    let mut fileid = args.need()?.to_vec();
    let is_path = fileid.iter().any(|b| b"/.".contains(b));
    let mut words = usize::from(!is_path) * 2;
    while let Some(word) = args.peek() {
        let option = ["Fixed", "Variable", "COERCE", "CHOP", "STRIP", "PAD"]
            .iter()
            .any(|k| crate::base::abbrev::matches(k, word));
        if option && words <= 1 {
            break;
        }
        words = words.saturating_sub(1);
        fileid.push(b' ');
        fileid.extend_from_slice(word);
        args.word();
    }
    let (mut format, coerce) = write_options(args)?;
    args.end()?;
    if mode == Mode::Replace && format == Format::Default {
        format = Format::Variable;
    }
    Ok(task(move |s| write_file(s, fileid, mode, format, coerce)))
}

pub(super) fn write_options(args: &mut Args<'_>) -> Result<(Format, Coerce), Fault> {
    let mut format = Format::Default;
    let mut coerce = Coerce::default();
    loop {
        if args.keyword("Fixed") {
            let length = args.number().map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            if length == Some(0) {
                return Err(Fault::new(&fpl::FPLSCA066E, &[b"0"]));
            }
            format = Format::Fixed(length);
        } else if args.keyword("Variable") {
            format = Format::Variable;
        } else if args.keyword("COERCE") {
            coerce.chop = true;
            coerce.pad = Some(b' ');
        } else if args.keyword("CHOP") {
            coerce.chop = true;
        } else if args.keyword("STRIP") {
            coerce.strip = true;
        } else if args.keyword("PAD") {
            let given = args.peek().and_then(|w| args::xorc(w, args.page).ok());
            if given.is_some() {
                args.word();
            }
            coerce.pad = Some(given.unwrap_or(b' '));
        } else {
            return Ok((format, coerce));
        }
    }
}

async fn write_file(
    s: Stage,
    fileid: Vec<u8>,
    mode: Mode,
    format: Format,
    coerce: Coerce,
) -> Result<(), Stop> {
    let name = fileid.clone();
    let opened = s.host(move |h| h.open_output(&name, mode, format)).await;
    let output = opened.map_err(|e| s.fail(file_fault(&fileid, e)))?;
    let length = match (format, output.fixed()) {
        (Format::Fixed(Some(asked)), Some(old)) if asked != old => {
            let old = old.to_string();
            return Err(s.fail(Fault::new(&fpl::FPLDSK131E, &[old.as_bytes()])));
        }
        (_, old @ Some(_)) => old,
        (Format::Fixed(n), None) => n,
        _ => None,
    };
    s.commit(0).await?;
    let fixed = length.is_some() || matches!(format, Format::Fixed(_));
    s.go_on_as(Writing {
        output,
        fileid,
        fixed,
        coerce,
        length,
        passes: true,
    })
}

/// An open file that records are written to.
struct Writing {
    output: Box<dyn Output>,
    fileid: Vec<u8>,
    /// All records have one length.
    fixed: bool,
    coerce: Coerce,
    /// The length of fixed records, once it is known.
    length: Option<u32>,
    /// Somebody wants the records too.
    passes: bool,
}

impl Writing {
    fn put(&mut self, record: &Record) -> Result<(), Fault> {
        let put = match self.fixed {
            true => {
                let own = u32::try_from(record.len()).unwrap_or(u32::MAX);
                let want = *self.length.get_or_insert(own);
                self.output.put(&fit(record, want, self.coerce)?)
            }
            false => self.output.put(record),
        };
        put.map_err(|e| file_fault(&self.fileid, e))
    }
}

impl Filter for Writing {
    fn start(&mut self, outputs: &[bool]) {
        self.passes = outputs.contains(&true);
    }

    fn step(&mut self, record: &Record, out: &mut Emit) -> Flow {
        if let Err(fault) = self.put(record) {
            return out.fail(fault);
        }
        if self.passes {
            out.put(0, record.clone());
        }
        Flow::More
    }

    fn finish(&mut self, out: &mut Emit) {
        if let Err(e) = self.output.commit() {
            out.fail(file_fault(&self.fileid, e));
        }
    }
}

fn fit(record: &Record, want: u32, coerce: Coerce) -> Result<Record, Fault> {
    let length = usize::try_from(want).unwrap_or(usize::MAX);
    let mut data = record.to_vec();
    if coerce.strip && data.len() > length {
        let tail = &data[length..];
        if tail.iter().all(|&b| b == b' ') {
            data.truncate(length);
        }
    }
    if coerce.chop {
        data.truncate(length);
    }
    if let Some(pad) = coerce.pad {
        data.resize(data.len().max(length), pad);
    }
    if data.len() != length {
        let (found, length) = (data.len().to_string(), length.to_string());
        let parts: [&[u8]; 2] = [found.as_bytes(), length.as_bytes()];
        return Err(Fault::new(&fpl::FPLDSK134E, &parts));
    }
    Ok(Record::from(data))
}

fn stack(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let order = args.choice(&[("FIFO", Order::Fifo), ("LIFO", Order::Lifo)]);
    let all = args.keyword("ALL");
    args.end()?;
    let order = order.unwrap_or(Order::Fifo);
    Ok(match first {
        true => task(move |s| read_stack(s, all)),
        false => task(move |s| write_stack(s, order)),
    })
}

/// Reads the lines that are on the stack now; with ALL until there are none, also those added meanwhile.
async fn read_stack(s: Stage, all: bool) -> Result<(), Stop> {
    s.commit(0).await?;
    let mut left = s.host(|h| h.queued()).await;
    while left > 0 {
        let Some(line) = s.host(|h| h.pull()).await else {
            break;
        };
        s.output(0, Record::from(line)).await?;
        left -= 1;
        if all && left == 0 {
            left = s.host(|h| h.queued()).await;
        }
    }
    Ok(())
}

async fn write_stack(s: Stage, order: Order) -> Result<(), Stop> {
    s.commit(0).await?;
    loop {
        let record = s.peekto(0).await?;
        let line = record.clone();
        s.host(move |h| h.push(order, &line)).await;
        s.pass(0, record).await?;
        s.readto(0).await?;
    }
}

fn hole(args: &mut Args<'_>) -> Result<Body, Fault> {
    args.end()?;
    filter(Each(|_: &Record, _: &mut _| Flow::More))
}
