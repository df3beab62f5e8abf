//! The display beside s3270, an independent one: random data streams and keys to both, and what a program then
//! reads from both.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::inbound::Amount;
use super::screen::DEFAULT;
use super::{Aid, Key, Model, Pressed, Screen};

/// Telnet's bytes.
mod telnet {
    pub const IAC: u8 = 255;
    pub const DO: u8 = 253;
    pub const WILL: u8 = 251;
    pub const SB: u8 = 250;
    pub const SE: u8 = 240;
    pub const EOR: u8 = 239;
    pub const BINARY: u8 = 0;
    pub const TERMINAL_TYPE: u8 = 24;
    pub const END_OF_RECORD: u8 = 25;
}

/// s3270 with the line to its host, which is the test.
struct Peer {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    line: TcpStream,
}

impl Peer {
    /// Starts it; none when it is not installed.
    fn start() -> Option<Peer> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let started = Command::new("s3270")
            .args(["-model", "3279-4-E", "-xrm", "s3270.unlockDelay: false"])
            .args([
                "-xrm",
                "s3270.charset: us-intl",
                "-xrm",
                "s3270.oerrLock: false",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            eprintln!("skipped: s3270 is not installed");
            return None;
        };
        let mut commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        writeln!(commands, "Open(127.0.0.1:{port})").unwrap();
        let (line, _) = listener.accept().unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut peer = Peer {
            child,
            commands,
            answers,
            line,
        };
        peer.negotiate();
        // A key is done when it is sent, not when the program has answered it.
        peer.key("Toggle(aidWait,clear)");
        peer.key("Toggle(blankFill,clear)");
        Some(peer)
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.line.read_exact(&mut byte).unwrap();
        byte[0]
    }

    /// The 3270 mode: binary, with ends of records; the terminal type is asked for and not looked at.
    fn negotiate(&mut self) {
        use telnet::{BINARY, DO, END_OF_RECORD, IAC, SB, SE, TERMINAL_TYPE, WILL};
        self.line.write_all(&[IAC, DO, TERMINAL_TYPE]).unwrap();
        self.line
            .write_all(&[IAC, SB, TERMINAL_TYPE, 1, IAC, SE])
            .unwrap();
        while self.byte() != SE {}
        for option in [END_OF_RECORD, BINARY] {
            self.line
                .write_all(&[IAC, DO, option, IAC, WILL, option])
                .unwrap();
        }
        // Two answers to each, of three bytes.
        for _ in 0..12 {
            self.byte();
        }
        // It counts as connected once it has shown something.
        self.send(0x05, &[0xC3]);
        self.answered();
    }

    /// Waits until a command is done.
    fn answered(&mut self) {
        let mut text = String::new();
        while text != "ok\n" && text != "error\n" {
            text.clear();
            assert_ne!(self.answers.read_line(&mut text).unwrap(), 0);
        }
    }

    fn key(&mut self, action: &str) {
        writeln!(self.commands, "{action}").unwrap();
        self.answered();
    }

    /// A command with its data.
    fn send(&mut self, command: u8, stream: &[u8]) {
        let mut out = vec![command];
        for &byte in stream {
            out.push(byte);
            if byte == telnet::IAC {
                out.push(byte);
            }
        }
        out.extend([telnet::IAC, telnet::EOR]);
        self.line.write_all(&out).unwrap();
    }

    /// The next record from it.
    fn record(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            match self.byte() {
                telnet::IAC => match self.byte() {
                    telnet::EOR => return out,
                    byte => out.push(byte),
                },
                byte => out.push(byte),
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A generator that gives the same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn byte(&mut self, n: u64) -> u8 {
        u8::try_from(self.below(n)).unwrap()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    /// An address, mostly within few lines.
    fn address(&mut self) -> [u8; 2] {
        let most = self.one_of(&[100, 100, 400, 1919]);
        let at = u16::try_from(self.below(most)).unwrap();
        let [high, low] = at.to_be_bytes();
        match self.below(3) {
            0 => [high, low],
            _ => {
                let six = |bits: u16| super::inbound::graphic_of((bits & 0x3F) as u8);
                [six(at >> 6), six(at)]
            }
        }
    }

    /// A type and a value; not of the background, which the peer's repeat to address leaves as it was.
    fn pair(&mut self) -> [u8; 2] {
        match self.below(3) {
            0 => [0x41, self.one_of(&[0xF1, 0xF2, 0xF4])],
            1 => [0x43, self.one_of(&[0x00, 0xF1])],
            _ => [0x42, 0xF1 + self.byte(7)],
        }
    }

    fn character(&mut self) -> u8 {
        match self.below(12) {
            0 => 0x00,
            1 => self.one_of(&[0x1C, 0x1E, 0x0C, 0x0D, 0x15, 0x19, 0x3F]),
            _ => self.one_of(&[0xC1, 0xC2, 0xC3, 0x40, 0x81, 0xF1, 0xF2, 0x4B]),
        }
    }

    /// A part of an outbound stream.
    fn part(&mut self, out: &mut Vec<u8>) {
        let field = |n: &mut Numbers| {
            n.one_of(&[0x00, 0x40, 0xC1, 0x20, 0x30, 0xF0, 0x60, 0x4C, 0xC8, 0x7D])
        };
        match self.below(20) {
            0..=2 => {
                out.push(0x11);
                out.extend(self.address());
            }
            3..=5 => out.extend([0x1D, field(self)]),
            6 => {
                out.extend([0x29, 2, 0xC0, field(self)]);
                out.extend(self.pair());
            }
            7 => {
                // Not the set, which the peer leaves to graphic escape.
                let pair = self.pair();
                if pair[0] < 0x43 {
                    out.push(0x28);
                    out.extend(pair);
                }
            }
            8 => out.extend([0x28, 0x00, 0x00]),
            9 => out.push(0x13),
            // A field is there to go to: without one the peer, which goes round, does not do as GA23-0059 has it.
            10 => {
                out.extend([0x11, 0x03, 0xE8, 0x1D, 0x40, 0x11, 0x40, 0x50]);
                for _ in 0..self.below(4) {
                    out.push(self.character());
                }
                out.push(0x05);
            }
            11 => {
                out.push(0x3C);
                out.extend(self.address());
                match self.below(3) {
                    0 => out.extend([0x08, 0x85]),
                    _ => out.push(self.character()),
                }
            }
            // From an address: the peer does not see that characters have taken a field's beginning away.
            12 => {
                for order in [0x11, 0x12] {
                    out.push(order);
                    out.extend(self.address());
                }
            }
            13 => out.extend([0x08, 0xA2]),
            // Of a field that is there: where there is none the peer goes on.
            14 => {
                let at = self.address();
                out.push(0x11);
                out.extend(at);
                out.extend([0x1D, field(self), 0x11]);
                out.extend(at);
                out.extend([0x2C, 1]);
                out.extend(self.pair());
            }
            _ => {
                for _ in 0..=self.below(12) {
                    out.push(self.character());
                }
            }
        }
    }

    fn stream(&mut self) -> Vec<u8> {
        let mut out = vec![self.one_of(&[0xC3, 0xC2, 0x40, 0xC1])];
        for _ in 0..self.below(14) {
            self.part(&mut out);
        }
        out
    }
}

const KEYS: &[(&str, Key)] = &[
    ("Tab()", Key::Tab),
    ("BackTab()", Key::BackTab),
    ("Home()", Key::Home),
    ("Newline()", Key::NewLine),
    ("Up()", Key::Up),
    ("Down()", Key::Down),
    ("Left()", Key::Left),
    ("Right()", Key::Right),
    ("Delete()", Key::Delete),
    ("EraseEOF()", Key::EraseEnd),
    ("EraseInput()", Key::EraseInput),
    ("Insert()", Key::Insert),
    ("Dup()", Key::Dup),
    ("FieldMark()", Key::FieldMark),
    ("Reset()", Key::Reset),
    ("Key(x)", Key::Character(b'x')),
    ("Key(Y)", Key::Character(b'Y')),
];

const AIDS: &[(&str, Aid)] = &[
    ("Enter()", Aid::Enter),
    ("PF(3)", Aid::Pf(3)),
    ("PF(24)", Aid::Pf(24)),
    ("PA(1)", Aid::Pa(1)),
    ("Clear()", Aid::Clear),
];

/// A program and a person at both.
struct Both {
    peer: Peer,
    screen: Screen,
    said: Vec<String>,
}

impl Both {
    /// A stream of a program, which ends its last field at the end of the screen: characters put into a field that
    /// goes on at the beginning are lost there by the peer.
    fn program(&mut self, command: u8, mut stream: Vec<u8>) {
        let (lines, columns) = match command {
            0x05 => DEFAULT,
            0x0D => self.screen.alternate(),
            _ => self.screen.size(),
        };
        let last = u16::try_from(lines * columns - 1).unwrap();
        stream.push(0x11);
        stream.extend(last.to_be_bytes());
        stream.extend([0x1D, 0xF0]);
        self.write(command, &stream);
    }

    fn write(&mut self, command: u8, stream: &[u8]) {
        self.said.push(format!("{command:02X} {stream:02X?}"));
        self.peer.send(command, stream);
        let alternate = self.screen.alternate();
        self.screen.begin();
        let _ = match command {
            0x01 => self.screen.write(stream),
            0x05 => self.screen.erase_write(DEFAULT, stream),
            0x0D => self.screen.erase_write(alternate, stream),
            0x0F => {
                self.screen.erase_unprotected();
                Ok(())
            }
            _ => self.screen.write_structured(stream).map(drop),
        };
    }

    /// What a program reads from both.
    fn compare(&mut self) {
        for command in [0x02, 0x06, 0x0E] {
            self.peer.send(command, &[]);
            let theirs = self.peer.record();
            let ours = match command {
                0x02 => self.screen.read_buffer(0),
                0x06 => self.screen.read_modified(Amount::ByKey, 0),
                _ => self.screen.read_modified(Amount::All, 0),
            };
            if ours != theirs {
                let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
                let around = |all: &[u8]| {
                    let from = at.saturating_sub(8);
                    let end = all.len().saturating_sub(6);
                    format!(
                        "{:02X?} {:02X?}",
                        &all[from..all.len().min(at + 24)],
                        &all[end..]
                    )
                };
                let said = self.said.join("\n");
                panic!(
                    "{said}\ncommand {command:02X} at {at} of {}, {}:\nours   {}\ntheirs {}",
                    ours.len(),
                    theirs.len(),
                    around(&ours),
                    around(&theirs)
                );
            }
        }
    }

    fn press(&mut self, (action, key): (&str, Key)) {
        // What is typed then waits in the peer.
        if self.screen.locked() && key != Key::Reset {
            return;
        }
        // The peer's does not end insertion.
        if self.screen.inserting() && key == Key::Insert {
            return;
        }
        self.said.push(action.to_owned());
        self.peer.key(action);
        if self.screen.press(key) == Pressed::Refused {
            // The peer's keyboard is locked then.
            self.peer.key("Reset()");
            self.screen.press(Key::Reset);
        }
        // The peer leaves the cursor in a field of no length, where nothing can be typed.
        if key == Key::EraseInput {
            self.press(("Home()", Key::Home));
        }
    }

    /// A key that the program hears of: it reads what was typed.
    fn aid(&mut self, (action, aid): (&str, Aid)) {
        if self.screen.locked() {
            return;
        }
        self.press((action, Key::Aid(aid)));
        let theirs = self.peer.record();
        let ours = self.screen.read_modified(Amount::ByKey, 0);
        assert_eq!(ours, theirs, "{}", self.said.join("\n"));
        // CLEAR brings the default size back (GA23-0059, CLEAR key); the peer keeps the alternate one.
        if aid == Aid::Clear {
            self.write(0x05, &[0xC3]);
        }
    }
}

#[test]
fn streams_and_keys_do_what_they_do_to_s3270() {
    let Some(peer) = Peer::start() else {
        return;
    };
    let cases: u64 = std::env::var("VMSHARE_DISPLAY").map_or(100, |n| n.parse().unwrap());
    let mut both = Both {
        peer,
        screen: Screen::new(Model::Four),
        said: Vec::new(),
    };
    let mut numbers =
        Numbers(std::env::var("VMSHARE_DISPLAY_SEED").map_or(7, |n| n.parse().unwrap()));
    for case in 0..cases {
        both.said = vec![format!("case {case}")];
        let mode: &[u8] = match numbers.below(3) {
            0 => &[0x00, 0x05, 0x09, 0x00, 0x00],
            1 => &[0x00, 0x05, 0x09, 0x00, 0x01],
            _ => &[0x00, 0x08, 0x09, 0x00, 0x02, 0x41, 0x42, 0x45],
        };
        let command = numbers.one_of(&[0x05, 0x05, 0x0D]);
        let stream = numbers.stream();
        both.program(command, stream);
        both.write(0x11, mode);
        for _ in 0..numbers.below(6) {
            both.compare();
            match numbers.below(5) {
                0 => {
                    let stream = numbers.stream();
                    both.program(0x01, stream);
                }
                1 if numbers.below(4) == 0 => {
                    both.write(0x0F, &[]);
                    both.press(("Home()", Key::Home));
                }
                2 => {
                    let aid = numbers.one_of(AIDS);
                    both.aid(aid);
                }
                _ => {
                    for _ in 0..numbers.below(9) {
                        let key = numbers.one_of(KEYS);
                        both.press(key);
                    }
                }
            }
        }
        both.compare();
    }
}
