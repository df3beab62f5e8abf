//! SOCKET: TCP and UDP of the host, as far as the session may reach (z/VM: REXX/VM Reference, "REXX
//! Sockets Application Program Interface"). Every function gives a string whose first word is the return
//! code; behind any but 0 stand the error's name and text. Socket calls wait as long as they take, unless
//! the socket was set not to (IOCTL FIONBIO).

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{
    IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket,
};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Args, Env, Outcome, Row, text};
use crate::cms::Allowed;

/// The family.
pub(super) const ROWS: &[Row] = &[Row {
    name: "SOCKET",
    args: "function[,argument...]",
    count: (1, 12),
    run: socket,
    doc: "TCP/IP: INITIALIZE, SOCKET, CONNECT, SEND, RECV and their like, with the hosts the session may reach.",
}];

/// The sockets of a set when INITIALIZE does not say.
const DEFAULT_SOCKETS: usize = 40;
/// The most that a set can have.
const MOST_SOCKETS: usize = 2000;
/// Bytes that RECV takes when it is not told.
const DEFAULT_LENGTH: usize = 10_000;
/// The longest piece that RECV takes at once.
const LONGEST: usize = 1 << 20;

/// An error: its number, name and text as the interface has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fault(u16, &'static str, &'static str);

const SYNTAX: Fault = Fault(
    2001,
    "EINVALIDRXSOCKETCALL",
    "Syntax error in RXSOCKET parameter list",
);
const ALREADY: Fault = Fault(2004, "ESUBTASKALREADYACTIVE", "Subtask already active");
const NOT_ACTIVE: Fault = Fault(2005, "ESUBTASKNOTACTIVE", "Subtask not active");
const ALL_USED: Fault = Fault(
    2007,
    "EMAXSOCKETSREACHED",
    "Maximum number of sockets reached",
);
const NOT_DEFINED: Fault = Fault(2009, "ESOCKETNOTDEFINED", "Socket not defined");
const UNKNOWN_HOST: Fault = Fault(2053, "EUNKNOWNHOST", "Unknown host");
const REFUSED: Fault = Fault(13, "EACCES", "Permission denied");
const INVALID: Fault = Fault(22, "EINVAL", "Invalid argument");
const NOT_CONNECTED: Fault = Fault(57, "ENOTCONN", "Socket is not connected");

/// The numbers of TCP/IP for VM for what the host says.
const SYSTEM: &[(ErrorKind, Fault)] = &[
    (ErrorKind::PermissionDenied, REFUSED),
    (ErrorKind::InvalidInput, INVALID),
    (ErrorKind::BrokenPipe, Fault(32, "EPIPE", "Broken pipe")),
    (
        ErrorKind::WouldBlock,
        Fault(35, "EWOULDBLOCK", "Problem on nonblocking socket"),
    ),
    (
        ErrorKind::AddrInUse,
        Fault(48, "EADDRINUSE", "Address already in use"),
    ),
    (
        ErrorKind::AddrNotAvailable,
        Fault(49, "EADDRNOTAVAIL", "Can't assign requested address"),
    ),
    (
        ErrorKind::NetworkUnreachable,
        Fault(51, "ENETUNREACH", "Network is unreachable"),
    ),
    (
        ErrorKind::ConnectionAborted,
        Fault(53, "ECONNABORTED", "Software caused connection abort"),
    ),
    (
        ErrorKind::ConnectionReset,
        Fault(54, "ECONNRESET", "Connection reset by peer"),
    ),
    (ErrorKind::NotConnected, NOT_CONNECTED),
    (
        ErrorKind::TimedOut,
        Fault(60, "ETIMEDOUT", "Connection timed out"),
    ),
    (
        ErrorKind::ConnectionRefused,
        Fault(61, "ECONNREFUSED", "Connection refused"),
    ),
    (
        ErrorKind::HostUnreachable,
        Fault(65, "EHOSTUNREACH", "No route to host"),
    ),
];

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Fault {
        let known = SYSTEM.iter().find(|(kind, _)| *kind == e.kind());
        known.map_or(Fault(5, "EIO", "I/O error"), |(_, fault)| *fault)
    }
}

/// One socket.
#[derive(Debug)]
enum Socket {
    /// Not yet used: of streams or of datagrams, with the address it was bound to.
    Stream(Option<SocketAddr>),
    Datagram(UdpSocket),
    Listening(TcpListener),
    Connected(TcpStream),
}

/// A socket set, which the manual also calls a subtask.
#[derive(Debug, Default)]
struct Set {
    most: usize,
    sockets: BTreeMap<usize, Socket>,
    /// Sockets that do not wait.
    hasty: Vec<usize>,
}

/// The sockets of a session.
#[derive(Debug, Default)]
pub struct Sockets {
    sets: BTreeMap<Vec<u8>, Set>,
    active: Option<Vec<u8>>,
    /// Addresses that names led to.
    resolved: Vec<(IpAddr, String)>,
}

type Answer = Result<Vec<u8>, Fault>;

/// A call: the sockets, what is allowed, the arguments behind the function's name.
struct Call<'a> {
    sockets: &'a mut Sockets,
    allowed: &'a Allowed,
    args: &'a Args,
}

/// What runs a function.
type Function = fn(&mut Call<'_>) -> Answer;

/// The functions.
const FUNCTIONS: &[(&str, Function)] = &[
    ("ACCEPT", |c| c.accept()),
    ("BIND", |c| c.bind()),
    ("CLOSE", |c| c.close()),
    ("CONNECT", |c| c.connect()),
    ("FCNTL", |c| c.fcntl()),
    ("GETCLIENTID", |c| c.client_id()),
    ("GETHOSTBYNAME", |c| c.host_by_name()),
    ("GETHOSTID", |_| Ok(b"127.0.0.1".to_vec())),
    ("GETHOSTNAME", |_| Ok(host_name())),
    ("GETPEERNAME", |c| c.peer_name()),
    ("GETSOCKNAME", |c| c.own_name()),
    ("GETSOCKOPT", |c| c.get_option()),
    ("INITIALIZE", |c| c.initialize()),
    ("IOCTL", |c| c.ioctl()),
    ("LISTEN", |c| c.listen()),
    ("READ", |c| c.receive()),
    ("RECV", |c| c.receive()),
    ("RECVFROM", |c| c.receive_from()),
    ("RESOLVE", |c| c.resolve()),
    ("SELECT", |c| c.select()),
    ("SEND", |c| c.send()),
    ("SENDTO", |c| c.send_to()),
    ("SETSOCKOPT", |c| c.set_option()),
    ("SHUTDOWN", |c| c.shut_down()),
    ("SOCKET", |c| c.socket()),
    ("SOCKETSET", |c| c.socket_set()),
    ("SOCKETSETLIST", |c| c.socket_set_list()),
    ("SOCKETSETSTATUS", |c| c.socket_set_status()),
    ("TERMINATE", |c| c.terminate()),
    (
        "VERSION",
        |_| Ok(b"RXSOCKET 3.03 21 November 2026".to_vec()),
    ),
    ("WRITE", |c| c.send()),
];

fn socket(env: &mut Env<'_>, args: &Args) -> Outcome {
    let name = text(args, 0).to_ascii_uppercase();
    let found = FUNCTIONS
        .iter()
        .find(|(function, _)| function.as_bytes() == name);
    let mut call = Call {
        sockets: &mut env.cms.sockets,
        allowed: &env.cms.allowed,
        args: &args[1..],
    };
    let answer = found.map_or(Err(SYNTAX), |(_, run)| run(&mut call));
    Ok(match answer {
        Ok(data) if data.is_empty() => b"0".to_vec(),
        Ok(data) => [b"0 ", &data[..]].concat(),
        Err(Fault(number, name, why)) => format!("{number} {name} {why}").into_bytes(),
    })
}

fn host_name() -> Vec<u8> {
    let name = rustix::system::uname();
    name.nodename().to_bytes().to_vec()
}

/// `AF_INET port address`.
fn address_text(address: SocketAddr) -> Vec<u8> {
    format!("AF_INET {} {}", address.port(), address.ip()).into_bytes()
}

impl Call<'_> {
    fn arg(&self, at: usize) -> String {
        String::from_utf8_lossy(text(self.args, at).trim_ascii()).into_owned()
    }

    fn number(&self, at: usize) -> Result<usize, Fault> {
        self.arg(at).parse().map_err(|_| SYNTAX)
    }

    fn set(&mut self) -> Result<&mut Set, Fault> {
        let active = self.sockets.active.as_ref().ok_or(NOT_ACTIVE)?;
        self.sockets.sets.get_mut(active).ok_or(NOT_ACTIVE)
    }

    /// The socket that the first argument numbers.
    fn one(&mut self) -> Result<&mut Socket, Fault> {
        let number = self.number(0)?;
        let set = self.set()?;
        set.sockets.get_mut(&number).ok_or(NOT_DEFINED)
    }

    /// Gives a new socket a number.
    fn add(&mut self, socket: Socket) -> Result<usize, Fault> {
        let set = self.set()?;
        let free = (1..=set.most).find(|n| !set.sockets.contains_key(n));
        let number = free.ok_or(ALL_USED)?;
        set.sockets.insert(number, socket);
        Ok(number)
    }

    // ---- socket sets ----

    fn initialize(&mut self) -> Answer {
        let name = self.arg(0);
        if name.is_empty() || name.len() > 8 {
            return Err(SYNTAX);
        }
        let most = match self.arg(1).as_str() {
            "" => DEFAULT_SOCKETS,
            _ => self.number(1)?.min(MOST_SOCKETS),
        };
        let key = name.clone().into_bytes();
        if self.sockets.sets.contains_key(&key) {
            return Err(ALREADY);
        }
        let set = Set {
            most,
            ..Set::default()
        };
        self.sockets.sets.insert(key.clone(), set);
        self.sockets.active = Some(key);
        Ok(format!("{name} {most} TCPIP").into_bytes())
    }

    fn terminate(&mut self) -> Answer {
        let name = match self.arg(0) {
            name if name.is_empty() => self.sockets.active.clone().ok_or(NOT_ACTIVE)?,
            name => name.into_bytes(),
        };
        self.sockets.sets.remove(&name).ok_or(NOT_ACTIVE)?;
        if self.sockets.active.as_ref() == Some(&name) {
            self.sockets.active = self.sockets.sets.keys().next().cloned();
        }
        Ok(name)
    }

    fn socket_set(&mut self) -> Answer {
        let old = self.sockets.active.clone().ok_or(NOT_ACTIVE)?;
        let name = self.arg(0).into_bytes();
        if !name.is_empty() {
            if !self.sockets.sets.contains_key(&name) {
                return Err(NOT_ACTIVE);
            }
            self.sockets.active = Some(name);
        }
        Ok(old)
    }

    fn socket_set_list(&mut self) -> Answer {
        let active = self.sockets.active.clone().ok_or(NOT_ACTIVE)?;
        let others = self.sockets.sets.keys().filter(|k| **k != active);
        let names: Vec<&[u8]> = std::iter::once(&active)
            .chain(others)
            .map(Vec::as_slice)
            .collect();
        Ok(names.join(&b' '))
    }

    fn socket_set_status(&mut self) -> Answer {
        let name = match self.arg(0) {
            name if name.is_empty() => self.sockets.active.clone().ok_or(NOT_ACTIVE)?,
            name => name.into_bytes(),
        };
        let shown = String::from_utf8_lossy(&name).into_owned();
        let Some(set) = self.sockets.sets.get(&name) else {
            return Ok(format!("{shown} Free").into_bytes());
        };
        let used = set.sockets.len();
        let free = set.most - used;
        Ok(format!("{shown} Connected Free {free} Used {used}").into_bytes())
    }

    fn client_id(&mut self) -> Answer {
        let name = self.sockets.active.clone().ok_or(NOT_ACTIVE)?;
        Ok([b"AF_INET ", &name[..]].concat())
    }

    // ---- names and addresses ----

    /// The addresses of a name that may be looked up.
    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Fault> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        if !self.allowed.names(host) {
            return Err(UNKNOWN_HOST);
        }
        let found = (host, 0).to_socket_addrs().map_err(|_| UNKNOWN_HOST)?;
        let mut addresses: Vec<IpAddr> = found.map(|a| a.ip()).filter(IpAddr::is_ipv4).collect();
        addresses.dedup();
        for address in &addresses {
            self.sockets.resolved.push((*address, host.to_owned()));
        }
        Ok(addresses)
    }

    fn host_by_name(&mut self) -> Answer {
        let host = self.arg(0);
        let addresses = self.addresses(&host)?;
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        if texts.is_empty() {
            return Err(UNKNOWN_HOST);
        }
        Ok(texts.join(" ").into_bytes())
    }

    fn resolve(&mut self) -> Answer {
        let host = self.arg(0);
        let address = self
            .addresses(&host)?
            .first()
            .copied()
            .ok_or(UNKNOWN_HOST)?;
        Ok(format!("{address} {host}").into_bytes())
    }

    /// `AF_INET port host`, which the session may reach.
    fn address(&mut self, at: usize) -> Result<SocketAddr, Fault> {
        let words = self.arg(at);
        let words: Vec<&str> = words.split_ascii_whitespace().collect();
        let [family, port, host] = words[..] else {
            return Err(SYNTAX);
        };
        if !matches!(family.to_ascii_uppercase().as_str(), "AF_INET" | "2") {
            return Err(SYNTAX);
        }
        let port: u16 = port.parse().map_err(|_| SYNTAX)?;
        if self.allowed.reaches(host, port) {
            let addresses = self.addresses(host)?;
            let address = addresses.first().ok_or(UNKNOWN_HOST)?;
            return Ok(SocketAddr::new(*address, port));
        }
        let address: IpAddr = host.parse().map_err(|_| REFUSED)?;
        let named = |(known, name): &(IpAddr, String)| {
            *known == address && self.allowed.reaches(name, port)
        };
        match self.sockets.resolved.iter().any(named) {
            true => Ok(SocketAddr::new(address, port)),
            false => Err(REFUSED),
        }
    }

    // ---- sockets ----

    fn socket(&mut self) -> Answer {
        self.set()?;
        let kind = self.arg(1).to_ascii_uppercase();
        let socket = match kind.as_str() {
            "" | "SOCK_STREAM" | "STREAM" | "1" => Socket::Stream(None),
            "SOCK_DGRAM" | "DATAGRAM" | "2" => {
                Socket::Datagram(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?)
            }
            _ => return Err(SYNTAX),
        };
        Ok(self.add(socket)?.to_string().into_bytes())
    }

    fn close(&mut self) -> Answer {
        let number = self.number(0)?;
        let set = self.set()?;
        set.sockets.remove(&number).ok_or(NOT_DEFINED)?;
        set.hasty.retain(|n| *n != number);
        Ok(Vec::new())
    }

    fn bind(&mut self) -> Answer {
        self.one()?;
        let mut address = self.address(1)?;
        match self.one()? {
            Socket::Stream(bound) => {
                // A port of 0 is chosen when it listens.
                if address.port() != 0 {
                    address = TcpListener::bind(address)?.local_addr()?;
                }
                *bound = Some(address);
            }
            Socket::Datagram(socket) => *socket = UdpSocket::bind(address)?,
            _ => return Err(INVALID),
        }
        Ok(Vec::new())
    }

    fn listen(&mut self) -> Answer {
        let socket = self.one()?;
        let Socket::Stream(Some(address)) = socket else {
            return Err(INVALID);
        };
        *socket = Socket::Listening(TcpListener::bind(*address)?);
        self.settle_haste()
    }

    fn accept(&mut self) -> Answer {
        let Socket::Listening(listener) = self.one()? else {
            return Err(INVALID);
        };
        let (stream, peer) = listener.accept()?;
        let number = self.add(Socket::Connected(stream))?;
        let mut answer = format!("{number} ").into_bytes();
        answer.extend(address_text(peer));
        Ok(answer)
    }

    fn connect(&mut self) -> Answer {
        self.one()?;
        let address = self.address(1)?;
        match self.one()? {
            Socket::Datagram(socket) => socket.connect(address)?,
            Socket::Connected(_) => {
                return Err(Fault(56, "EISCONN", "Socket is already connected"));
            }
            Socket::Listening(_) => return Err(INVALID),
            socket => *socket = Socket::Connected(TcpStream::connect(address)?),
        }
        self.settle_haste()
    }

    /// Tells the host whether the socket of the first argument waits.
    fn settle_haste(&mut self) -> Answer {
        let number = self.number(0)?;
        let hasty = self.set()?.hasty.contains(&number);
        match self.one()? {
            Socket::Stream(_) => {}
            Socket::Datagram(socket) => socket.set_nonblocking(hasty)?,
            Socket::Listening(listener) => listener.set_nonblocking(hasty)?,
            Socket::Connected(stream) => stream.set_nonblocking(hasty)?,
        }
        Ok(Vec::new())
    }

    fn make_hasty(&mut self, hasty: bool) -> Answer {
        let number = self.number(0)?;
        self.one()?;
        let set = self.set()?;
        set.hasty.retain(|n| *n != number);
        if hasty {
            set.hasty.push(number);
        }
        self.settle_haste()
    }

    fn ioctl(&mut self) -> Answer {
        let value = self.arg(2).to_ascii_uppercase();
        match (self.arg(1).to_ascii_uppercase().as_str(), value.as_str()) {
            ("FIONBIO", "ON" | "1") => self.make_hasty(true),
            ("FIONBIO", "OFF" | "0") => self.make_hasty(false),
            ("FIONREAD", _) => {
                let mut room = [0; LONGEST / 16];
                let count = match self.one()? {
                    Socket::Connected(stream) => {
                        stream.set_nonblocking(true)?;
                        stream.peek(&mut room)
                    }
                    Socket::Datagram(socket) => {
                        socket.set_nonblocking(true)?;
                        socket.peek(&mut room)
                    }
                    _ => return Err(NOT_CONNECTED),
                };
                self.settle_haste()?;
                Ok(count.unwrap_or(0).to_string().into_bytes())
            }
            _ => Err(INVALID),
        }
    }

    fn fcntl(&mut self) -> Answer {
        let flag = self.arg(2).to_ascii_uppercase();
        match self.arg(1).to_ascii_uppercase().as_str() {
            "F_SETFL" => {
                let hasty = matches!(flag.as_str(), "FNDELAY" | "NON-BLOCKING" | "4");
                self.make_hasty(hasty)
            }
            "F_GETFL" => {
                let number = self.number(0)?;
                self.one()?;
                let hasty = self.set()?.hasty.contains(&number);
                let text: &[u8] = if hasty { b"FNDELAY" } else { b"0" };
                Ok(text.to_vec())
            }
            _ => Err(INVALID),
        }
    }

    fn send(&mut self) -> Answer {
        let data = text(self.args, 1).to_vec();
        let sent = match self.one()? {
            Socket::Connected(stream) => stream.write(&data)?,
            Socket::Datagram(socket) => socket.send(&data)?,
            _ => return Err(NOT_CONNECTED),
        };
        Ok(sent.to_string().into_bytes())
    }

    fn send_to(&mut self) -> Answer {
        let data = text(self.args, 1).to_vec();
        // The flags may be left out between the data and the name.
        let at = if self.args.len() > 3 { 3 } else { 2 };
        self.one()?;
        let to = self.address(at)?;
        let sent = match self.one()? {
            Socket::Datagram(socket) => socket.send_to(&data, to)?,
            Socket::Connected(stream) => stream.write(&data)?,
            _ => return Err(NOT_CONNECTED),
        };
        Ok(sent.to_string().into_bytes())
    }

    fn length(&self) -> Result<usize, Fault> {
        match self.arg(1).as_str() {
            "" => Ok(DEFAULT_LENGTH),
            _ => Ok(self.number(1)?.clamp(1, LONGEST)),
        }
    }

    fn receive(&mut self) -> Answer {
        let mut room = vec![0; self.length()?];
        let peek = self.arg(2).to_ascii_uppercase().contains("PEEK");
        let got = match self.one()? {
            Socket::Connected(stream) if peek => stream.peek(&mut room)?,
            Socket::Connected(stream) => stream.read(&mut room)?,
            Socket::Datagram(socket) if peek => socket.peek(&mut room)?,
            Socket::Datagram(socket) => socket.recv(&mut room)?,
            _ => return Err(NOT_CONNECTED),
        };
        let mut answer = format!("{got} ").into_bytes();
        answer.extend_from_slice(&room[..got]);
        Ok(answer)
    }

    fn receive_from(&mut self) -> Answer {
        let mut room = vec![0; self.length()?];
        let (got, from) = match self.one()? {
            Socket::Datagram(socket) => socket.recv_from(&mut room)?,
            Socket::Connected(stream) => (stream.read(&mut room)?, stream.peer_addr()?),
            _ => return Err(NOT_CONNECTED),
        };
        let mut answer = address_text(from);
        answer.extend(format!(" {got} ").into_bytes());
        answer.extend_from_slice(&room[..got]);
        Ok(answer)
    }

    fn shut_down(&mut self) -> Answer {
        let how = match self.arg(1).to_ascii_uppercase().as_str() {
            "" | "BOTH" | "2" => Shutdown::Both,
            "RECEIVE" | "READ" | "FROM" | "RECEIVING" | "READING" | "0" => Shutdown::Read,
            "SEND" | "WRITE" | "TO" | "SENDING" | "WRITING" | "1" => Shutdown::Write,
            _ => return Err(SYNTAX),
        };
        match self.one()? {
            Socket::Connected(stream) => stream.shutdown(how)?,
            _ => return Err(NOT_CONNECTED),
        }
        Ok(Vec::new())
    }

    fn peer_name(&mut self) -> Answer {
        Ok(address_text(match self.one()? {
            Socket::Connected(stream) => stream.peer_addr()?,
            Socket::Datagram(socket) => socket.peer_addr()?,
            _ => return Err(NOT_CONNECTED),
        }))
    }

    fn own_name(&mut self) -> Answer {
        let nowhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        Ok(address_text(match self.one()? {
            Socket::Stream(bound) => bound.unwrap_or(nowhere),
            Socket::Datagram(socket) => socket.local_addr()?,
            Socket::Listening(listener) => listener.local_addr()?,
            Socket::Connected(stream) => stream.local_addr()?,
        }))
    }

    /// The options that say how characters go over the line are met already, since text here is in the
    /// network's own code; the others are the host's defaults.
    fn set_option(&mut self) -> Answer {
        self.one()?;
        let value = self.arg(3).to_ascii_uppercase();
        let on = matches!(value.as_str(), "ON" | "1");
        match (self.arg(2).to_ascii_uppercase().as_str(), self.one()?) {
            ("TCP_NODELAY", Socket::Connected(stream)) => stream.set_nodelay(on)?,
            ("SO_BROADCAST", Socket::Datagram(socket)) => socket.set_broadcast(on)?,
            ("SO_ASCII" | "SO_REUSEADDR" | "TCP_NODELAY", _) => {}
            ("SO_EBCDIC", _) if !on => {}
            _ => return Err(Fault(42, "ENOPROTOOPT", "Option not supported by protocol")),
        }
        Ok(Vec::new())
    }

    fn get_option(&mut self) -> Answer {
        let name = self.arg(2).to_ascii_uppercase();
        let value = match (name.as_str(), self.one()?) {
            ("SO_TYPE", Socket::Datagram(_)) => "SOCK_DGRAM",
            ("SO_TYPE", _) => "SOCK_STREAM",
            ("SO_ASCII" | "SO_REUSEADDR", _) => "On",
            ("SO_EBCDIC", _) => "Off",
            ("SO_ERROR", _) => "0",
            _ => return Err(Fault(42, "ENOPROTOOPT", "Option not supported by protocol")),
        };
        Ok(format!("{name} {value}").into_bytes())
    }

    // ---- select ----

    /// SELECT: waits until one of the sockets named behind READ, WRITE and EXCEPTION can go on.
    fn select(&mut self) -> Answer {
        let words = self.arg(0).to_ascii_uppercase();
        let wait = match self.arg(1).to_ascii_uppercase().as_str() {
            "" | "FOREVER" => None,
            text => Some(seconds(text).ok_or(SYNTAX)?),
        };
        let set = self.set()?;
        let mut asked: Vec<(usize, PollFlags)> = Vec::new();
        let mut flags = PollFlags::IN;
        for word in words.split_ascii_whitespace() {
            match word {
                "READ" => flags = PollFlags::IN,
                "WRITE" => flags = PollFlags::OUT,
                "EXCEPTION" => flags = PollFlags::PRI,
                "*" => asked.extend(set.sockets.keys().map(|n| (*n, flags))),
                number => {
                    let number = number.parse().map_err(|_| SYNTAX)?;
                    if !set.sockets.contains_key(&number) {
                        return Err(NOT_DEFINED);
                    }
                    asked.push((number, flags));
                }
            }
        }
        let mut waiting = Vec::new();
        for (number, flags) in asked {
            if let Some(fd) = set.sockets.get(&number).and_then(descriptor) {
                waiting.push((number, flags, PollFd::from_borrowed_fd(fd, flags)));
            }
        }
        let mut fds: Vec<PollFd<'_>> = waiting.iter().map(|w| w.2.clone()).collect();
        let wait = wait.map(|w| Timespec {
            tv_sec: i64::try_from(w.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(w.subsec_nanos()),
        });
        poll(&mut fds, wait.as_ref()).map_err(|e| Fault::from(io::Error::from(e)))?;
        let ready = |kind: PollFlags| -> Vec<String> {
            let pairs = waiting.iter().zip(&fds);
            let ready = pairs.filter(|(asked, fd)| asked.1 == kind && !fd.revents().is_empty());
            ready.map(|(asked, _)| asked.0.to_string()).collect()
        };
        let lists = [PollFlags::IN, PollFlags::OUT, PollFlags::PRI].map(ready);
        let count: usize = lists.iter().map(Vec::len).sum();
        let [read, write, exception] = lists.map(|l| l.join(" "));
        let answer = format!("{count} READ {read} WRITE {write} EXCEPTION {exception}");
        let words: Vec<&str> = answer.split_ascii_whitespace().collect();
        Ok(words.join(" ").into_bytes())
    }
}

/// A time in seconds, with up to nine decimals.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let nanos: u32 = format!("{part:0<9}").get(..9)?.parse().ok()?;
    Some(Duration::new(whole.parse().ok()?, nanos))
}

/// What the host knows a socket by; nothing of one that was not connected yet.
fn descriptor(socket: &Socket) -> Option<BorrowedFd<'_>> {
    match socket {
        Socket::Stream(_) => None,
        Socket::Datagram(socket) => Some(socket.as_fd()),
        Socket::Listening(listener) => Some(listener.as_fd()),
        Socket::Connected(stream) => Some(stream.as_fd()),
    }
}
