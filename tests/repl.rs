//! The session at a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::support::{Place, fetched_kernel};

/// A session at a terminal.
struct Terminal {
    cms: Child,
    keys: File,
    bytes: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    fn start(place: &Place, args: &[&str]) -> Terminal {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let theirs = File::from(ioctl_tiocgptpeer(&ours, flags).unwrap());
        let cms = place
            .command(args)
            .env("TERM", "xterm")
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs)
            .spawn()
            .unwrap();
        let keys = File::from(ours);
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
        Terminal {
            cms,
            keys,
            bytes,
            seen: String::new(),
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown behind what was waited for before.
    fn until(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(120);
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

    fn log_off(mut self) {
        self.press("LOGOFF\r");
        self.until("LOGOFF AT");
        assert!(self.cms.wait().unwrap().success());
    }
}

#[test]
fn keys_that_arrive_together_are_all_taken() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place, &[]);
    terminal.until("VM READ> ");
    terminal.press("QUERY USERID\rQUERY VIRTUAL STORAGE\r");
    terminal.until("LINUX1   AT VMSHARE");
    terminal.until("STORAGE = 64M");
    // The name is completed, Ctrl-C is the attention key, and twice it enters CP.
    terminal.press("SAVELA\t");
    terminal.until("SAVELATE ");
    terminal.press("\x15\x03");
    terminal.until("VM READ> ");
    terminal.press("\x03");
    terminal.until("CP READ> ");
    terminal.log_off();
}

/// What shows that the terminal's other buffer is used, and no longer.
const SCREEN: &str = "\x1b[?1049h";
const LINES: &str = "\x1b[?1049l";

#[test]
fn linux_has_the_whole_screen_until_cp_is_called() {
    let Some(kernel) = fetched_kernel() else {
        return;
    };
    let place = Place::new();
    let folder = kernel.display();
    let system = place.system(&format!(
        "USER LINUX1 NOPASS 128M 128M EG\n MACHINE ESA\n CONSOLE 0009 3270\n IPL 0200\n\
         \x20HOST 0200 LINUX '{folder}/vmlinuz' '{folder}/initrd' PARM nokaslr quiet\n"
    ));
    let system = system.display().to_string();
    let mut terminal = Terminal::start(&place, &["--system", &system]);
    // CP's lines stay until they are acknowledged.
    terminal.until("HOLDING> ");
    terminal.press("\r");
    terminal.until(SCREEN);
    terminal.until("/ # ");
    terminal.press("echo $((6 * 7))x");
    terminal.press("\x7f\r");
    terminal.until("/ # echo $((6 * 7))");
    terminal.until("42");
    // Enter in CP's lines goes back to the screen only once the machine runs.
    terminal.press("\x03");
    terminal.until(LINES);
    terminal.until("CP READ> ");
    terminal.press("QUERY TERMINAL\r");
    terminal.until("CONMODE 3270");
    terminal.press("BEGIN\r");
    terminal.until("HOLDING> ");
    terminal.press("\r");
    terminal.until(SCREEN);
    terminal.until("42");
    // CLEAR has Linux draw it again; another key may be the one that calls CP.
    terminal.press("\x0c");
    terminal.until("42");
    terminal.press("\x03");
    terminal.until(LINES);
    terminal.until("CP READ> ");
    terminal.press("TERMINAL BRKKEY PF12\r");
    terminal.press("BEGIN\r");
    terminal.until("HOLDING> ");
    terminal.press("\r");
    terminal.until(SCREEN);
    terminal.press("\x1b[24~");
    terminal.until("CP READ> ");
    terminal.log_off();
}
