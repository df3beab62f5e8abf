//! Sockets for the stages of a pipeline, with the hosts that the session may reach. No call waits but that
//! which connects.

use std::io::{ErrorKind, Read, Write};
use std::net::{
    Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream, ToSocketAddrs, UdpSocket,
};

use super::allowed::Allowed;
use super::reverse;
use crate::pipe::{Datagram, Datagrams, Heard, Incoming, Listener, Socket};

/// The most that is read at once.
const PIECE: usize = 1 << 16;

struct Connection(TcpStream);

impl Socket for Connection {
    fn read(&mut self) -> Heard {
        let mut bytes = vec![0; PIECE];
        match self.0.read(&mut bytes) {
            Ok(0) => Heard::Ended,
            Ok(n) => {
                bytes.truncate(n);
                Heard::Bytes(bytes)
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Heard::Nothing,
            Err(e) if e.kind() == ErrorKind::Interrupted => Heard::Nothing,
            Err(e) => Heard::Failed(e.to_string().into_bytes()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, Vec<u8>> {
        match self.0.write(bytes) {
            Ok(n) => Ok(n),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(0),
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(0),
            Err(e) => Err(e.to_string().into_bytes()),
        }
    }
}

struct Waiting(TcpListener);

impl Listener for Waiting {
    fn accept(&mut self) -> Result<Option<Incoming>, Vec<u8>> {
        match self.0.accept() {
            Ok((stream, peer)) => {
                let socket = ready(stream)?;
                let peer = format!("{} {}", peer.port(), peer.ip());
                Ok(Some((socket, peer.into_bytes())))
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e.to_string().into_bytes()),
        }
    }
}

fn ready(stream: TcpStream) -> Result<Box<dyn Socket>, Vec<u8>> {
    let set = stream
        .set_nonblocking(true)
        .and_then(|()| stream.set_nodelay(true));
    set.map_err(|e| e.to_string().into_bytes())?;
    Ok(Box::new(Connection(stream)))
}

fn refused(host: &str, port: u16) -> Vec<u8> {
    format!("{host}:{port} may not be reached (--allow-net)").into_bytes()
}

/// Connects to a host that the session may reach.
pub fn connect(allowed: &Allowed, host: &[u8], port: u16) -> Result<Box<dyn Socket>, Vec<u8>> {
    let host = String::from_utf8_lossy(host);
    if !allowed.reaches(&host, port) {
        return Err(refused(&host, port));
    }
    let stream = TcpStream::connect((&*host, port)).map_err(|e| e.to_string().into_bytes())?;
    ready(stream)
}

/// Listens on a port of an address of this host that the session may use.
pub fn listen(allowed: &Allowed, address: &[u8], port: u16) -> Result<Box<dyn Listener>, Vec<u8>> {
    let address = String::from_utf8_lossy(address);
    if !allowed.reaches(&address, port) {
        return Err(refused(&address, port));
    }
    let bound = TcpListener::bind((&*address, port)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let listener = bound.map_err(|e| e.to_string().into_bytes())?;
    Ok(Box::new(Waiting(listener)))
}

struct Messages {
    socket: UdpSocket,
    allowed: Allowed,
    /// Who has sent something: they may be answered.
    known: Vec<SocketAddrV4>,
}

impl Datagrams for Messages {
    fn receive(&mut self) -> Result<Option<Datagram>, Vec<u8>> {
        let mut bytes = vec![0; PIECE];
        match self.socket.recv_from(&mut bytes) {
            Ok((length, SocketAddr::V4(from))) => {
                bytes.truncate(length);
                if !self.known.contains(&from) {
                    self.known.push(from);
                }
                Ok(Some((from, bytes)))
            }
            // Pipelines know the Internet addresses of four parts.
            Ok(_) => Ok(None),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e.to_string().into_bytes()),
        }
    }

    fn send(&mut self, to: SocketAddrV4, bytes: &[u8]) -> Result<(), Vec<u8>> {
        let host = to.ip().to_string();
        if !self.known.contains(&to) && !self.allowed.reaches(&host, to.port()) {
            return Err(refused(&host, to.port()));
        }
        let sent = self.socket.send_to(bytes, to);
        sent.map(drop).map_err(|e| e.to_string().into_bytes())
    }
}

/// Opens a port for single messages on an address of this host that the session may use.
pub fn datagrams(
    allowed: &Allowed,
    address: &[u8],
    port: u16,
) -> Result<Box<dyn Datagrams>, Vec<u8>> {
    let address = String::from_utf8_lossy(address);
    if !allowed.reaches(&address, port) {
        return Err(refused(&address, port));
    }
    let socket = UdpSocket::bind((&*address, port)).and_then(|socket| {
        socket.set_nonblocking(true)?;
        Ok(socket)
    });
    Ok(Box::new(Messages {
        socket: socket.map_err(|e| e.to_string().into_bytes())?,
        allowed: allowed.clone(),
        known: Vec::new(),
    }))
}

/// The addresses of a host whose name the session may look up.
pub fn resolve(allowed: &Allowed, host: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
    let host = String::from_utf8_lossy(host);
    if !allowed.names(&host) {
        return Err(format!("{host} may not be looked up (--allow-net)").into_bytes());
    }
    let found = (&*host, 0).to_socket_addrs();
    let mut addresses = Vec::new();
    for address in found.map_err(|e| e.to_string().into_bytes())? {
        let text = address.ip().to_string().into_bytes();
        // Pipelines know the Internet addresses of four parts.
        if address.is_ipv4() && !addresses.contains(&text) {
            addresses.push(text);
        }
    }
    Ok(addresses)
}

/// The name of the host at an Internet address.
///
/// # Errors
/// What is to be said when it may not be asked for, or is not known.
pub fn name_of(allowed: &Allowed, address: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let text = String::from_utf8_lossy(address);
    let Ok(address) = text.parse::<Ipv4Addr>() else {
        return Err(format!("{text} is not an Internet address").into_bytes());
    };
    if !allowed.names(&text) {
        return Err(format!("{text} may not be looked up (--allow-net)").into_bytes());
    }
    let unknown = || format!("{text} has no name").into_bytes();
    let name = reverse::name_of(address).ok_or_else(unknown)?;
    Ok(name.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T>(mut try_it: impl FnMut() -> Option<T>) -> T {
        for _ in 0..1000 {
            if let Some(found) = try_it() {
                return found;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        panic!("nothing came in a second");
    }

    #[test]
    fn two_ends_talk() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let allowed = Allowed {
            net: vec!["127.0.0.1".into()],
            ..Allowed::default()
        };
        let mut listener = listen(&allowed, b"127.0.0.1", port).unwrap();
        assert!(listener.accept().unwrap().is_none());
        let mut client = connect(&allowed, b"127.0.0.1", port).unwrap();
        let (mut server, peer) = wait(|| listener.accept().unwrap());
        assert!(peer.ends_with(b" 127.0.0.1"));
        assert!(matches!(server.read(), Heard::Nothing));
        assert_eq!(client.write(b"hello"), Ok(5));
        let heard = wait(|| match server.read() {
            Heard::Bytes(bytes) => Some(bytes),
            _ => None,
        });
        assert_eq!(heard, b"hello");
        drop(server);
        wait(|| matches!(client.read(), Heard::Ended).then_some(()));
        assert!(connect(&Allowed::default(), b"127.0.0.1", port).is_err());
        assert!(listen(&Allowed::default(), b"127.0.0.1", port).is_err());
        let mut one = datagrams(&allowed, b"127.0.0.1", port).unwrap();
        let mut other = datagrams(&allowed, b"127.0.0.1", 0).unwrap();
        let to = SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, port);
        assert_eq!(other.send(to, b"ping"), Ok(()));
        let (from, ping) = wait(|| one.receive().unwrap());
        assert_eq!(ping, b"ping");
        assert_eq!(one.send(from, b"pong"), Ok(()));
        assert_eq!(wait(|| other.receive().unwrap()), (to, b"pong".to_vec()));
        let stranger = SocketAddrV4::new(std::net::Ipv4Addr::new(192, 0, 2, 1), 9);
        assert!(one.send(stranger, b"x").is_err());
        assert!(resolve(&Allowed::default(), b"localhost").is_err());
    }

    #[test]
    fn only_allowed_addresses_are_looked_up() {
        let allowed = Allowed {
            system: false,
            net: vec!["127.0.0.1".into()],
        };
        let said = |found: Result<Vec<u8>, Vec<u8>>| {
            String::from_utf8_lossy(&found.expect_err("an error")).into_owned()
        };
        assert!(said(name_of(&allowed, b"10.0.0.1")).contains("--allow-net"));
        assert!(said(name_of(&allowed, b"localhost")).contains("not an Internet address"));
    }
}
