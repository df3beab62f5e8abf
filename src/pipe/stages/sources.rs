//! Stages that make records of nothing: QUERY, RANDOM, XRANGE
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").

use super::{Delay, PLAIN, Place, Row, task};
use crate::base::Record;
use crate::base::msg::{Emsg, fpl};
use crate::base::random::Random;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::stage::{Body, Stage, Stop};

const SOURCE: Row = Row {
    place: Place::First,
    delay: Delay::Source,
    ..PLAIN
};

pub const TABLE: &[Row] = &[
    Row {
        names: "Query",
        operands: "[VERSION | LEVEL | MSGLEVEL | MSGLIST]",
        doc: "Writes what CMS Pipelines knows of itself; to the terminal when there is no output.",
        make: query,
        example: ("query msglevel|specs 1.4 c2x 1|console", &["0000000F"]),
        ..SOURCE
    },
    Row {
        names: "RANDOM",
        operands: "[number | * [number | *]]",
        doc: "Writes pseudorandom numbers of four bytes for ever: below a number, from a seed.",
        make: random,
        example: (
            "random 1 7|take 2|specs 1-* c2x 1|console",
            &["00000000", "00000000"],
        ),
        ..SOURCE
    },
    Row {
        names: "XRANGE",
        operands: "[xrange | xorc xorc]",
        doc: "Writes one record of the characters of a range; all 256 unless said.",
        make: xrange,
        example: ("xrange a-e|console", &["abcde"]),
        ..SOURCE
    },
];

/// What QUERY asks for.
#[derive(Clone, Copy)]
enum What {
    Version,
    Level,
    Msglevel,
    Msglist,
}

/// Version 1, release 1, modification 12, and the sublevel: the level whose stages are here.
const LEVEL: [u8; 4] = [0x11, 0x0c, 0x00, 0x12];

fn query(args: &mut Args<'_>) -> Result<Body, Fault> {
    let what = args.choice(&[
        ("VERSION", What::Version),
        ("LEVEL", What::Level),
        ("MSGLEVEL", What::Msglevel),
        ("MSGLIST", What::Msglist),
    ]);
    if what.is_none()
        && let Some(word) = args.peek()
    {
        return Err(Fault::new(&fpl::FPLSCA111E, &[word]));
    }
    args.end()?;
    let page = args.page;
    let what = what.unwrap_or(What::Version);
    Ok(task(move |s| async move {
        s.commit(0).await?;
        let line = match what {
            What::Version => {
                let version = env!("CARGO_PKG_VERSION").as_bytes();
                let message = fpl::FPLINX086I.with(&[b"1.0112", version]);
                message.line(Emsg::On).unwrap_or_default()
            }
            What::Level => LEVEL.iter().map(|&code| page.to_host(code)).collect(),
            // Four bytes for a program, digits for people.
            What::Msglevel if s.has_output(0) => {
                let codes = s.msglevel().to_be_bytes();
                codes.iter().map(|&code| page.to_host(code)).collect()
            }
            What::Msglevel => s.msglevel().to_string().into_bytes(),
            What::Msglist => {
                let numbers: Vec<String> = s.issued().iter().map(ToString::to_string).collect();
                numbers.join(" ").into_bytes()
            }
        };
        Answer::of(&s).tell(&s, line).await
    }))
}

/// Where a service program's answer goes: to its output, or to the terminal when there was none at the start.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Output,
    Terminal,
}

impl Answer {
    pub fn of(s: &Stage) -> Answer {
        match s.has_output(0) {
            true => Answer::Output,
            false => Answer::Terminal,
        }
    }

    pub async fn tell(self, s: &Stage, line: Vec<u8>) -> Result<(), Stop> {
        match self {
            Answer::Output => s.output(0, Record::from(line)).await,
            Answer::Terminal => {
                s.host(move |h| h.say(&line)).await;
                Ok(())
            }
        }
    }
}

fn random(args: &mut Args<'_>) -> Result<Body, Fault> {
    let take = |args: &mut Args<'_>| match args.word() {
        None | Some(b"*") => Ok(None),
        Some(word) => {
            let bad = || Fault::new(&fpl::FPLSCA058E, &[word]);
            args::signed(word).map(Some).ok_or_else(bad)
        }
    };
    let most = take(args)?;
    let seed = take(args)?;
    args.end()?;
    let most = match most {
        None => u64::from(u32::MAX >> 1) + 1,
        Some(n) => match u64::try_from(n) {
            Ok(n @ 1..=0x8000_0000) => n,
            _ => return Err(Fault::new(&fpl::FPLSCA066E, &[n.to_string().as_bytes()])),
        },
    };
    let page = args.page;
    Ok(task(move |s| async move {
        let seed = match seed {
            Some(seed) => seed,
            None => s.host(|h| h.clock().micros()).await,
        };
        let mut random = Random::seeded(u64::from_ne_bytes(seed.to_ne_bytes()));
        loop {
            let n = u32::try_from(random.between(0, most - 1)).unwrap_or(0);
            let bytes = n.to_be_bytes().map(|code| page.to_host(code));
            s.output(0, Record::from(&bytes[..])).await?;
        }
    }))
}

fn xrange(args: &mut Args<'_>) -> Result<Body, Fault> {
    let members = match (args.word(), args.word()) {
        (None, _) => args::xrange(b"00-ff", args.page)?,
        (Some(range), None) => args::xrange(range, args.page)?,
        (Some(from), Some(to)) => {
            for word in [from, to] {
                args::xorc(word, args.page)?;
            }
            args::xrange(&[from, b"-", to].concat(), args.page)?
        }
    };
    args.end()?;
    let record = Record::from(members);
    Ok(task(|s| async move { s.output(0, record).await }))
}

#[cfg(test)]
mod tests {
    use crate::base::codepage::CodePage;
    use crate::pipe::tests::{check, check_in};

    #[test]
    fn ranges_of_characters() {
        check("xrange|count bytes|console", 0, &["256"]);
        check("xrange a c|console", 0, &["abc"]);
        check("xrange 31.3|console", 0, &["123"]);
        check("xrange fe 01|specs 1-* c2x 1|console", 0, &["FEFF0001"]);
        check_in(CodePage::Ibm1047, "xrange f1-f3|console", 0, &["123"]);
        check("xrange zz|console", -50, &[]);
        check("xrange a b c|console", -112, &[]);
        check("literal a|xrange|console", -87, &[]);
    }

    #[test]
    fn random_numbers_repeat_with_a_seed() {
        check(
            "(end ?) random 100 5|take 20|i: fanin|sort unique|take 21|specs 1-* c2d 1|count lines|pick 1-* >> /1/|hole ? random 100 5|take 20|i:",
            0,
            &[],
        );
        check(
            "random 6 1|take 500|sort unique|count lines|console",
            0,
            &["6"],
        );
        check("random 0|take 1|console", -66, &[]);
        check("random x|take 1|console", -58, &[]);
    }

    #[test]
    fn queries() {
        check("query level|specs 1-* c2x 1|console", 0, &["110C0012"]);
        check("query version|chop 11|console", 0, &["FPLINX086I "]);
        check("query msglevel", 0, &["15"]);
        check("query nonsense|console", -111, &[]);
    }
}
