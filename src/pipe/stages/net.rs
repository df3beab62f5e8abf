//! TCP/IP: TCPCLIENT, TCPLISTEN, TCPDATA, UDP, HOSTNAME, HOSTID, HOSTBYNAME,
//! HOSTBYADDR
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").
//!
//! A stage that waits for a socket looks at it again and again, at longer and longer intervals.

use super::encode::{SOCKADDR, of_sockaddr, sockaddr};
use super::{Delay, PLAIN, Place, Row, codes, task};
use crate::base::Record;
use crate::base::codepage::CodePage;
use crate::base::msg::fpl;
use crate::pipe::args::{self, Args, Fault};
use crate::pipe::host::{Heard, Host, Socket};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop, end_with};

pub const TABLE: &[Row] = &[
    Row {
        names: "TCPCLIENT",
        operands: "host port [LINGER number] [TIMEOUT number] [GREETING] [ONERESPONSE] [NODELAY] [KEEPALIVE] [DEBLOCK format] [GROUP delimitedString]",
        doc: "Connects to a server, sends its records and writes what comes back; errors go to the secondary output.",
        outputs: 2,
        make: client,
        example: (
            "literal hello|tcpclient test 7 linger -1|console",
            &["hello"],
        ),
        ..PLAIN
    },
    Row {
        names: "TCPLISTEN",
        operands: "port [BACKLOG number] [LOCALIPaddress address]",
        doc: "Writes a record for each connection that comes in, for TCPDATA.",
        eof: EofReport::All,
        make: listen,
        example: (
            "tcplisten 7|take 1|tcpdata|take 1|console",
            &["from a client"],
        ),
        ..PLAIN
    },
    Row {
        names: "TCPDATA",
        operands: "[LINGER number] [TIMEOUT number] [ONERESPONSE] [NODELAY] [KEEPALIVE] [DEBLOCK format] [GROUP delimitedString]",
        doc: "Takes the connection of its first record, which TCPLISTEN wrote; sends the other records and writes what comes in.",
        outputs: 2,
        make: data,
        example: (
            "tcplisten 7|take 1|tcpdata|take 1|console",
            &["from a client"],
        ),
        ..PLAIN
    },
    Row {
        names: "UDP",
        operands: "port [LOCALIPaddress address]",
        doc: "Sends each record, whose first 16 bytes are a socket address, and writes what comes in behind the socket address of its sender.",
        make: udp,
        example: (
            "literal 9 1.2.3.4|ip2socka|insert /hello/ after|udp 7|specs 17-* 1|console",
            &["hello"],
        ),
        ..PLAIN
    },
    Row {
        names: "HOSTNAME",
        operands: "",
        doc: "Writes the name of this host.",
        place: Place::First,
        delay: Delay::Source,
        make: |a| {
            a.end()?;
            Ok(task(|s| async move {
                let name = s.host(|h| h.host_name()).await;
                s.output(0, Record::from(name)).await
            }))
        },
        example: ("hostname|console", &["TESTHOST"]),
        ..PLAIN
    },
    Row {
        names: "HOSTID",
        operands: "",
        doc: "Writes the Internet address of this host.",
        place: Place::First,
        delay: Delay::Source,
        make: |a| {
            a.end()?;
            Ok(task(|s| async move {
                s.output(0, Record::from(&b"127.0.0.1"[..])).await
            }))
        },
        example: ("hostid|console", &["127.0.0.1"]),
        ..PLAIN
    },
    Row {
        names: "HOSTBYNAME",
        operands: "",
        doc: "Writes the Internet addresses of the hosts that its records name; those not found go to the secondary output.",
        outputs: 2,
        make: |a| looked_up(a, |h, name| Ok(h.resolve(name)?.join(&b' '))),
        example: ("literal localhost|hostbyname|console", &["127.0.0.1"]),
        ..PLAIN
    },
    Row {
        names: "HOSTBYADDR",
        operands: "",
        doc: "Writes the names of the hosts at the Internet addresses in its records; those not found go to the secondary output.",
        outputs: 2,
        make: |a| looked_up(a, |h, address| h.name_of(address)),
        example: ("literal 127.0.0.1|hostbyaddr|console", &["localhost"]),
        ..PLAIN
    },
];

/// How long a stage waits before it looks at a socket again, in microseconds: at first and at most.
const SHORTEST: i64 = 500;
const LONGEST: i64 = 50_000;

/// What the stages that exchange data may be told.
struct Options {
    /// Seconds to go on reading when there is nothing left to send; negative: until the other end closes.
    linger: Option<i64>,
    /// Seconds without data after which it is an error.
    timeout: Option<i64>,
    /// Whether the other end speaks first.
    greeting: bool,
    /// Whether a record is consumed only when its answer has come.
    one: bool,
    /// What takes the data apart, before the output.
    through: Vec<u8>,
    page: CodePage,
}

impl Options {
    fn take(args: &mut Args<'_>) -> Result<Options, Fault> {
        let mut options = Options {
            linger: None,
            timeout: None,
            greeting: false,
            one: false,
            through: Vec::new(),
            page: args.page,
        };
        let number = |args: &mut Args<'_>| {
            let word = args.need()?;
            args::signed(word).ok_or_else(|| Fault::new(&fpl::FPLSCA058E, &[word]))
        };
        while !args.is_done() {
            if args.keyword("LINGER") {
                options.linger = Some(number(args)?);
            } else if args.keyword("TIMEOUT") {
                options.timeout = Some(number(args)?);
            } else if args.keyword("GREETING") {
                options.greeting = true;
            } else if args.keyword("ONERESPONSE") {
                options.one = true;
            } else if args.keyword("DEBLOCK") {
                options.through.extend_from_slice(b"|DEBLOCK ");
                options.through.extend_from_slice(&format(args)?);
            } else if args.keyword("GROUP") {
                options.through.push(b'|');
                options.through.extend_from_slice(&args.delimited()?);
            } else if args.keyword("NODELAY") || args.keyword("KEEPALIVE") {
                // As the host has it.
            } else {
                let word = args.need()?;
                return Err(Fault::new(&fpl::FPLSCA111E, &[word]));
            }
        }
        if options.one && !options.through.is_empty() {
            // An answer is what comes at once, which a pipeline behind the stage cannot tell.
            return Err(Fault::new(&fpl::FPLSCA9002E, &[b"ONERESPONSE"]));
        }
        Ok(options)
    }
}

/// Takes the operands of a DEBLOCK.
fn format(args: &mut Args<'_>) -> Result<Vec<u8>, Fault> {
    let before = args.rest();
    let word = args.need()?;
    if crate::base::abbrev::matches("STRING", word) {
        args.delimited()?;
    } else if crate::base::abbrev::matches("LINEND", word)
        && args
            .peek()
            .is_some_and(|w| args::xorc(w, args.page).is_ok())
    {
        args.word();
    }
    let length = before.len() - args.rest().len();
    Ok(before[..length].to_vec())
}

/// Puts what takes the data apart before the output stream.
async fn insert(s: &Stage, options: &Options) -> Result<(), Stop> {
    if options.through.is_empty() {
        return Ok(());
    }
    let mut spec = b"(END 00)*.OUTPUT.0:".to_vec();
    spec.extend_from_slice(&options.through);
    spec.extend_from_slice(b"|*.OUTPUT.0:");
    end_with(s.addpipe(spec).await)
}

/// What became of the connection: to the secondary output when there is one.
async fn trouble(s: &Stage, text: Vec<u8>) -> Result<(), Stop> {
    match s.streams().1 > 1 {
        true => s.pass(1, Record::from(text)).await,
        false => Err(s.fail(Fault::new(&fpl::FPLTCP1015E, &[&text]))),
    }
}

fn client(args: &mut Args<'_>) -> Result<Body, Fault> {
    let host = args.need()?.to_vec();
    let word = args.need()?;
    let bad = || Fault::new(&fpl::FPLSCA111E, &[word]);
    let port = u16::try_from(args::unsigned(word)?).map_err(|_| bad())?;
    let options = Options::take(args)?;
    Ok(task(move |s| async move {
        s.commit(0).await?;
        insert(&s, &options).await?;
        match s.host(move |h| h.connect(&host, port)).await {
            Ok(socket) => converse(&s, socket, &options).await,
            Err(text) => trouble(&s, text).await,
        }
    }))
}

/// Sends what comes in on stream 0 and writes what the other end says.
async fn converse(s: &Stage, mut socket: Box<dyn Socket>, options: &Options) -> Result<(), Stop> {
    let mut wait = SHORTEST;
    let mut owing = options.greeting;
    let mut sent = false;
    let mut ends: Option<i64> = None;
    let mut done = false;
    let mut quiet = s.host(|h| h.clock().micros()).await;
    loop {
        match socket.read() {
            Heard::Bytes(bytes) => {
                s.output(0, codes::record(options.page, bytes)).await?;
                if std::mem::take(&mut sent) && options.one {
                    s.readto(0).await?;
                }
                owing = false;
                wait = SHORTEST;
                quiet = s.host(|h| h.clock().micros()).await;
                continue;
            }
            Heard::Ended => return Ok(()),
            Heard::Failed(text) => return trouble(s, text).await,
            Heard::Nothing => {}
        }
        let now = s.host(|h| h.clock().micros()).await;
        if ends.is_some_and(|at| now >= at) {
            return Ok(());
        }
        let late = options.timeout.map(|n| n.saturating_mul(1_000_000));
        if late.is_some_and(|n| now - quiet >= n) {
            return trouble(s, b"Timed out".to_vec()).await;
        }
        let until = now.saturating_add(wait);
        wait = (wait * 2).min(LONGEST);
        if done || owing || (options.one && sent) {
            s.wait_until(until).await?;
            continue;
        }
        match s.peekto_until(0, until).await {
            Ok(None) => {}
            Ok(Some(record)) => {
                let bytes = codes::of(options.page, &record);
                if let Err(text) = write_all(s, &mut *socket, &bytes).await? {
                    return trouble(s, text).await;
                }
                sent = true;
                wait = SHORTEST;
                if !options.one {
                    s.readto(0).await?;
                }
            }
            Err(Stop::Eof) => {
                let now = s.host(|h| h.clock().micros()).await;
                match options.linger.filter(|_| s.has_output(0)) {
                    None => return Ok(()),
                    Some(..0) => {}
                    Some(n) => ends = Some(now.saturating_add(n.saturating_mul(1_000_000))),
                }
                done = true;
            }
            Err(stop) => return Err(stop),
        }
    }
}

/// Sends all of a record, as fast as the other end takes it; the inner error is the socket's.
async fn write_all(
    s: &Stage,
    socket: &mut dyn Socket,
    mut bytes: &[u8],
) -> Result<Result<(), Vec<u8>>, Stop> {
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Err(text) => return Ok(Err(text)),
            Ok(0) => {
                let now = s.host(|h| h.clock().micros()).await;
                s.wait_until(now.saturating_add(SHORTEST)).await?;
            }
            Ok(n) => bytes = &bytes[n.min(bytes.len())..],
        }
    }
    Ok(Ok(()))
}

fn listen(args: &mut Args<'_>) -> Result<Body, Fault> {
    let word = args.need()?;
    let bad = || Fault::new(&fpl::FPLSCA111E, &[word]);
    let port = u16::try_from(args::unsigned(word)?).map_err(|_| bad())?;
    let mut address = b"localhost".to_vec();
    loop {
        if args.keyword("BACKLOG") {
            args::unsigned(args.need()?)?;
        } else if args.keyword("LOCALIPaddress") {
            address = args.need()?.to_vec();
        } else {
            args.end()?;
            break;
        }
    }
    Ok(task(move |s| async move {
        s.commit(0).await?;
        let listener = s.host(move |h| h.listen(&address, port)).await;
        let mut listener = match listener {
            Ok(listener) => listener,
            Err(text) => return Err(s.fail(Fault::new(&fpl::FPLTCP1015E, &[&text]))),
        };
        let mut wait = SHORTEST;
        loop {
            if !s.has_output(0) {
                return Ok(());
            }
            match listener.accept() {
                Err(text) => return Err(s.fail(Fault::new(&fpl::FPLTCP1015E, &[&text]))),
                Ok(Some((socket, peer))) => {
                    wait = SHORTEST;
                    let number = s.park(socket);
                    let mut line = format!("{number} ").into_bytes();
                    line.extend_from_slice(&peer);
                    let taken = s.output(0, Record::from(line)).await;
                    // What nobody took is closed.
                    drop(s.unpark(number));
                    taken?;
                }
                Ok(None) => {
                    let now = s.host(|h| h.clock().micros()).await;
                    s.wait_until(now.saturating_add(wait)).await?;
                    wait = (wait * 2).min(LONGEST);
                }
            }
        }
    }))
}

fn udp(args: &mut Args<'_>) -> Result<Body, Fault> {
    let first = args.first;
    let word = args.need()?;
    let bad = || Fault::new(&fpl::FPLSCA111E, &[word]);
    let port = u16::try_from(args::unsigned(word)?).map_err(|_| bad())?;
    let mut address = b"localhost".to_vec();
    if args.keyword("LOCALIPaddress") {
        address = args.need()?.to_vec();
    }
    args.end()?;
    let page = args.page;
    Ok(task(move |s| async move {
        s.commit(0).await?;
        let failed = |text: Vec<u8>| s.fail(Fault::new(&fpl::FPLTCP1015E, &[&text]));
        let opened = s.host(move |h| h.datagrams(&address, port)).await;
        let mut port = opened.map_err(failed)?;
        let mut wait = SHORTEST;
        loop {
            if let Some((from, bytes)) = port.receive().map_err(failed)? {
                let line = [sockaddr(from), bytes].concat();
                s.output(0, codes::record(page, line)).await?;
                wait = SHORTEST;
                continue;
            }
            let now = s.host(|h| h.clock().micros()).await;
            let until = now.saturating_add(wait);
            wait = (wait * 2).min(LONGEST);
            if first {
                if !s.has_output(0) {
                    return Ok(());
                }
                s.wait_until(until).await?;
                continue;
            }
            if let Some(record) = s.peekto_until(0, until).await? {
                let bytes = codes::of(page, &record);
                let missing = || s.fail(Fault::new(&fpl::FPLSCA111E, &[&record]));
                let to = of_sockaddr(&bytes).ok_or_else(missing)?;
                let data = bytes.get(SOCKADDR..).unwrap_or_default();
                port.send(to, data).map_err(failed)?;
                s.readto(0).await?;
                wait = SHORTEST;
            }
        }
    }))
}

fn data(args: &mut Args<'_>) -> Result<Body, Fault> {
    let options = Options::take(args)?;
    Ok(task(move |s| async move {
        let record = s.peekto(0).await?;
        let number = record.split(|&b| b == b' ').next().unwrap_or_default();
        let number = args::unsigned(number).map_err(|fault| s.fail(fault))?;
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let missing = || s.fail(Fault::new(&fpl::FPLSCA111E, &[&record]));
        let socket = s.unpark(number).ok_or_else(missing)?;
        s.readto(0).await?;
        insert(&s, &options).await?;
        converse(&s, socket, &options).await
    }))
}

/// What the host knows of what a record says.
type LookUp = fn(&mut dyn Host, &[u8]) -> Result<Vec<u8>, Vec<u8>>;

fn looked_up(args: &mut Args<'_>, look: LookUp) -> Result<Body, Fault> {
    args.end()?;
    Ok(task(move |s| async move {
        loop {
            let record = s.peekto(0).await?;
            let name = args::trim(&record).to_vec();
            match s.host(move |h| look(h, &name)).await {
                Ok(found) => s.pass(0, Record::from(found)).await?,
                Err(text) => {
                    if s.streams().1 == 1 {
                        return Err(s.fail(Fault::new(&fpl::FPLTCP1015E, &[&text])));
                    }
                    s.pass(1, record).await?;
                }
            }
            s.readto(0).await?;
        }
    }))
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn a_client_talks_to_a_server() {
        // The server of the tests says again what it hears, and closes when all was said.
        check(
            "literal b|literal a|tcpclient test 7 oneresponse linger -1|console",
            0,
            &["a", "b"],
        );
        check(
            "strliteral x610a620a|tcpclient test 7 linger -1 deblock linend 0a|console",
            0,
            &["a", "b"],
        );
        check(
            "literal ab|tcpclient test 7 linger -1 deblock fixed group /xlate/|console",
            0,
            &["AB"],
        );
        check("literal ab|tcpclient test 7 |console", 0, &["ab"]);
        check("literal a|tcpclient nowhere 7|console", -1015, &[]);
        check(
            "(end ?) literal a|t: tcpclient nowhere 7|console ? t: |console",
            0,
            &["nowhere cannot be reached"],
        );
        check("literal a|tcpclient test|console", -113, &[]);
        check("literal a|tcpclient test 99999|console", -111, &[]);
        check("literal a|tcpclient test 7 nonsense|console", -111, &[]);
        check(
            "literal a|tcpclient test 7 oneresponse deblock cms|console",
            -9002,
            &[],
        );
    }

    #[test]
    fn a_server_takes_connections() {
        check("tcplisten 7|take 1|specs w2-* 1|console", 0, &["client"]);
        check("literal 5|tcpdata|console", -111, &[]);
        check("literal x|tcpdata|console", -58, &[]);
        check("tcplisten 8|console", -1015, &[]);
        check("literal x|udp 7|console", -111, &[]);
        check("literal x|udp 8|console", -1015, &[]);
        check(
            "(end ?) literal nowhere|literal localhost|h: hostbyname|console ? h: |insert />/|console",
            0,
            &["127.0.0.1", ">nowhere"],
        );
        check(
            "(end ?) literal 9.9.9.9|literal  127.0.0.1 |h: hostbyaddr|console ? h: |insert />/|console",
            0,
            &["localhost", ">9.9.9.9"],
        );
        check("literal x|hostbyaddr|console", -1015, &[]);
        check("literal x|hostbyaddr x|console", -112, &[]);
    }
}
