//! The session at a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::support::Place;

/// What a terminal showed, as it comes.
struct Screen {
    bytes: Receiver<Vec<u8>>,
    seen: String,
}

impl Screen {
    /// Waits until `text` is shown behind what was waited for before.
    fn until(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.bytes.recv_timeout(left) else {
                panic!("{text} was not shown, but {:?}", self.seen);
            };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn keys_that_arrive_together_are_all_taken() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = openpt(flags).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let theirs = File::from(ioctl_tiocgptpeer(&ours, flags).unwrap());
    let place = Place::new();
    let mut cms = place
        .command(&[])
        .env("TERM", "xterm")
        .stdin(theirs.try_clone().unwrap())
        .stdout(theirs.try_clone().unwrap())
        .stderr(theirs)
        .spawn()
        .unwrap();
    let mut keys = File::from(ours);
    let mut shown = keys.try_clone().unwrap();
    let (send, bytes) = channel();
    std::thread::spawn(move || {
        let mut room = [0; 4096];
        while let Ok(length @ 1..) = shown.read(&mut room) {
            if send.send(room[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut screen = Screen {
        bytes,
        seen: String::new(),
    };
    screen.until("VM READ> ");
    keys.write_all(b"QUERY USERID\rQUERY VIRTUAL STORAGE\r")
        .unwrap();
    screen.until("LINUX1   AT VMSHARE");
    screen.until("STORAGE = 64M");
    // The name is completed, Ctrl-C is the attention key, and twice it enters CP.
    keys.write_all(b"SAVELA\t").unwrap();
    screen.until("SAVELATE ");
    keys.write_all(b"\x15\x03").unwrap();
    screen.until("VM READ> ");
    keys.write_all(b"\x03").unwrap();
    screen.until("CP READ> ");
    keys.write_all(b"LOGOFF\r").unwrap();
    screen.until("LOGOFF AT");
    assert!(cms.wait().unwrap().success());
}
