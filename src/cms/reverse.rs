//! The name of the host at an Internet address: from `/etc/hosts`, else from the name servers of
//! `/etc/resolv.conf` (RFC 1035, section 3.5).

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The port of name servers.
const PORT: u16 = 53;

/// The number of our question.
const QUESTION: u16 = 0x4d56;

/// The type of a record that points to a name, and the class of the Internet.
const POINTER: u16 = 12;
const INTERNET: u16 = 1;

/// The most labels that a name is followed through: they may go round in a circle.
const MOST_LABELS: usize = 128;

/// The name of a host; `None` when nobody knows it.
pub fn name_of(address: Ipv4Addr) -> Option<String> {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    if let Some(name) = in_hosts(&hosts, address) {
        return Some(name);
    }
    let servers = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let mut servers = servers_of(&servers).into_iter();
    servers.find_map(|server| ask(SocketAddr::new(server, PORT), address))
}

/// The first name in a line of `/etc/hosts` for an address.
fn in_hosts(text: &str, address: Ipv4Addr) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let first: IpAddr = words.next()?.parse().ok()?;
        (first == IpAddr::V4(address)).then(|| words.next().map(String::from))?
    })
}

fn servers_of(text: &str) -> Vec<IpAddr> {
    let server = |line: &str| line.strip_prefix("nameserver")?.trim().parse().ok();
    text.lines().filter_map(server).collect()
}

fn ask(server: SocketAddr, address: Ipv4Addr) -> Option<String> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => [0, 0, 0, 0].into(),
        SocketAddr::V6(_) => [0u16; 8].into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(server).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    socket.send(&question(address)).ok()?;
    let mut answer = [0; 1500];
    let length = socket.recv(&mut answer).ok()?;
    answered(answer.get(..length)?)
}

/// The question for the name of an address.
fn question(address: Ipv4Addr) -> Vec<u8> {
    let mut message = Vec::new();
    for word in [QUESTION, 0x0100, 1, 0, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    let [a, b, c, d] = address.octets();
    for label in [d, c, b, a] {
        let label = label.to_string();
        message.extend(u8::try_from(label.len()));
        message.extend(label.as_bytes());
    }
    message.extend(b"\x07in-addr\x04arpa\0");
    message.extend(POINTER.to_be_bytes());
    message.extend(INTERNET.to_be_bytes());
    message
}

fn word(message: &[u8], at: usize) -> Option<u16> {
    let bytes = message.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// A name, and where what follows it begins.
fn name(message: &[u8], at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    let mut here = at;
    let mut after = None;
    for _ in 0..MOST_LABELS {
        let length = usize::from(*message.get(here)?);
        match length {
            0 => return Some((labels.join("."), after.unwrap_or(here + 1))),
            1..64 => {
                let label = message.get(here + 1..here + 1 + length)?;
                labels.push(String::from_utf8_lossy(label).into_owned());
                here += 1 + length;
            }
            // A pointer to the rest of the name.
            192.. => {
                after.get_or_insert(here + 2);
                here = usize::from(word(message, here)? & 0x3fff);
            }
            _ => return None,
        }
    }
    None
}

/// The name in an answer to our question.
fn answered(message: &[u8]) -> Option<String> {
    let is_ours = word(message, 0)? == QUESTION;
    let flags = word(message, 2)?;
    if !is_ours || flags & 0x8000 == 0 || flags & 0x000f != 0 {
        return None;
    }
    let mut at = 12;
    for _ in 0..word(message, 4)? {
        at = name(message, at)?.1 + 4;
    }
    for _ in 0..word(message, 6)? {
        let record = name(message, at)?.1;
        let data = record + 10;
        if word(message, record)? == POINTER && word(message, record + 2)? == INTERNET {
            return Some(name(message, data)?.0).filter(|name| !name.is_empty());
        }
        at = data + usize::from(word(message, record + 8)?);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Vec<u8> {
        let mut message = question(Ipv4Addr::new(127, 0, 0, 1));
        message[2] = 0x81;
        message[3] = 0x80;
        message[7] = 2;
        // An alias first, then the pointer; both begin with a pointer to the question.
        message.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\0\0\x02\xc0\x0c");
        message.extend(b"\xc0\x0c\0\x0c\0\x01\0\0\0\0\0\x08\x03abc\xc0\x1e");
        message
    }

    #[test]
    fn a_question_is_asked_and_its_answer_read() {
        let asked = question(Ipv4Addr::new(192, 0, 2, 77));
        assert!(asked.ends_with(b"\x0277\x012\x010\x03192\x07in-addr\x04arpa\0\0\x0c\0\x01"));
        assert_eq!(answered(&answer()).as_deref(), Some("abc.arpa"));
        let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let at = server.local_addr().expect("an address");
        let asking = std::thread::spawn(move || ask(at, Ipv4Addr::LOCALHOST));
        let mut heard = [0; 100];
        let (length, who) = server.recv_from(&mut heard).expect("a question");
        assert_eq!(&heard[..length], question(Ipv4Addr::LOCALHOST));
        server.send_to(&answer(), who).expect("sent");
        assert_eq!(asking.join().expect("ends").as_deref(), Some("abc.arpa"));
    }

    #[test]
    fn answers_that_are_not_valid() {
        let good = answer();
        for length in 0..good.len() {
            assert_eq!(answered(&good[..length]), None, "{length}");
        }
        for (at, byte) in [(0, 0), (2, 0x01), (3, 0x83), (7, 1)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(answered(&bad), None, "{at}");
        }
        // A name that points to itself.
        let mut round = good.clone();
        round.truncate(12);
        round.extend(b"\xc0\x0c");
        assert_eq!(answered(&round), None);
    }

    #[test]
    fn files_of_the_host() {
        let hosts = "# 127.0.0.1 no\n::1 six\n127.0.0.1\tlocalhost here # no\n10.0.0.1 #x\n";
        assert_eq!(
            in_hosts(hosts, Ipv4Addr::LOCALHOST).as_deref(),
            Some("localhost")
        );
        assert_eq!(in_hosts(hosts, Ipv4Addr::new(10, 0, 0, 1)), None);
        let servers =
            servers_of("nameserver 9.9.9.9\n# nameserver 1.1.1.1\nnameserver ::1\nsearch x\n");
        assert_eq!(servers.len(), 2);
    }
}
