//! For the tests: a console at a CMS session with a CP that says what the test needs, a temporary folder
//! as the A-disk and a clock that stands still.

use std::path::Path;

use super::port::Port;
use super::session::{Purpose, Session};
use crate::base::Clock;
use crate::base::codepage::{ebcdic_to_host, host_to_ebcdic};
use crate::cp::{
    CardRead, CpReply, DiskPath, Extent, Fate, Minidisk, NativeExit, NativeInfo, NativeSystem,
};

/// 2026-11-21 18:42:50 UTC, a Saturday.
const NOW: i64 = 1_795_286_570_000_000;

/// A CP that knows a few commands.
pub struct FakeCp {
    pub lines: Vec<String>,
    pub asked: Vec<String>,
    pub minidisks: Vec<Minidisk>,
    pub emsg: &'static str,
    /// Microseconds of processor time used so far.
    pub cpu: i64,
    /// What the reader holds, and what was punched and printed: device, command, data as host text.
    pub cards: Vec<String>,
    pub written: Vec<(u16, u8, String)>,
    /// What comes to the message service.
    pub messages: Vec<String>,
}

fn ok(lines: &[&str]) -> CpReply {
    CpReply {
        rc: 0,
        response: lines.iter().map(|l| l.as_bytes().to_vec()).collect(),
        fate: Fate::Continues,
    }
}

impl Port for FakeCp {
    fn cpu_micros(&self) -> i64 {
        self.cpu
    }
    fn command(&mut self, text: &[u8]) -> CpReply {
        let text = String::from_utf8_lossy(text).trim().to_ascii_uppercase();
        self.asked.push(text.clone());
        match text.as_str() {
            "QUERY SET" => ok(&[&format!("MSG ON  , WNG ON  , EMSG {}, ACNT OFF", self.emsg)]),
            "Q TIME" | "QUERY TIME" => ok(&[
                "TIME IS 18:42:50 UTC SATURDAY 11/21/26",
                "CONNECT= 00:00:01",
            ]),
            "Q TERM" | "QUERY TERM" | "QUERY TERMINAL" => ok(&[
                "LINEND #   , LINEDEL OFF , ESCAPE \"",
                "LINESIZE 080, ATTN OFF",
            ]),
            "Q V STOR" => ok(&["STORAGE = 64M"]),
            "SLEEP 1 SEC" => CpReply {
                fate: Fate::Sleeps(1_000_000),
                ..CpReply::default()
            },
            "I 200" | "IPL 200" => CpReply {
                fate: Fate::Gone,
                ..CpReply::default()
            },
            _ if text.starts_with("CLOSE ") => ok(&[]),
            _ if text.starts_with("DEFSYS") || text.starts_with("TRACE") => ok(&[]),
            _ if text.starts_with("MSG") => CpReply {
                rc: 45,
                response: vec![b"HCPMFS045E LINUX9 not logged on".to_vec()],
                fate: Fate::Continues,
            },
            _ => CpReply {
                rc: 1,
                response: vec![format!("HCPCMD001E Unknown CP command: {text}").into_bytes()],
                fate: Fate::Continues,
            },
        }
    }

    fn write(&mut self, line: &[u8]) {
        self.lines.push(String::from_utf8_lossy(line).into_owned());
    }

    fn minidisks(&self) -> Vec<Minidisk> {
        self.minidisks.clone()
    }

    fn may_run(&self) -> bool {
        true
    }

    fn write_unit(&mut self, vdev: u16, command: u8, data: &[u8]) -> bool {
        let text = String::from_utf8_lossy(&ebcdic_to_host(data)).into_owned();
        self.written.push((vdev, command, text));
        true
    }

    fn listen_for_messages(&mut self, _listen: bool) -> bool {
        true
    }

    fn take_message(&mut self) -> Option<Vec<u8>> {
        let text = (!self.messages.is_empty()).then(|| self.messages.remove(0))?;
        Some(text.into_bytes())
    }

    fn read_unit(&mut self, _vdev: u16) -> Option<CardRead> {
        if self.cards.is_empty() {
            return Some(CardRead::Empty);
        }
        let text = self.cards.remove(0);
        if text == "EOF" {
            return Some(CardRead::EndOfFile);
        }
        Some(CardRead::Card(host_to_ebcdic(
            format!("{text:<80}").as_bytes(),
        )))
    }
}

/// A user at a console.
pub struct Console {
    pub session: Session,
    pub cp: FakeCp,
    pub folder: tempfile::TempDir,
    pub exit: NativeExit,
}

impl Console {
    /// A session that was IPLed and has shown its first line.
    pub fn at_ipl(files: &[(&str, &str)]) -> Console {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        let disk = |vdev, path, writable, label: &[u8]| Minidisk {
            vdev,
            path,
            writable,
            label: label.to_vec(),
            extent: Extent::Cylinders(10),
        };
        let cp = FakeCp {
            lines: Vec::new(),
            asked: Vec::new(),
            minidisks: vec![
                disk(0x190, DiskPath::Embedded("EXECS".into()), false, b"CMS190"),
                disk(
                    0x191,
                    DiskPath::Folder(folder.path().into()),
                    true,
                    b"LIN191",
                ),
            ],
            emsg: "ON ",
            cpu: 0,
            cards: vec![":READ  CARDS    DATA     A1".into(), "a card".into()],
            written: Vec::new(),
            messages: Vec::new(),
        };
        let info = NativeInfo {
            user: b"LINUX1".to_vec(),
            system_name: b"VMSHARE".to_vec(),
            clock: Clock::fixed(NOW),
            parm: Vec::new(),
            seed: 1,
        };
        let session = Session::new(&info, &[], Purpose::Interactive);
        let mut console = Console {
            session,
            cp,
            folder,
            exit: NativeExit::Budget,
        };
        console.settle();
        console
    }

    /// A session at its ready prompt, with nothing on the console.
    pub fn ready(files: &[(&str, &str)]) -> Console {
        let mut console = Console::at_ipl(files);
        console.enter("SET RDYMSG SMSG");
        console.cp.lines.clear();
        console
    }

    /// Runs until the session wants something.
    pub fn settle(&mut self) {
        for _ in 0..100_000 {
            self.exit = self.session.slice(&mut self.cp);
            if self.exit != NativeExit::Budget {
                return;
            }
        }
    }

    /// Runs one slice.
    pub fn slice(&mut self) {
        self.exit = self.session.slice(&mut self.cp);
    }

    /// Types a line and gives what appears until the next read.
    pub fn enter(&mut self, line: &str) -> Vec<String> {
        self.session.input(line.as_bytes().to_vec());
        self.settle();
        std::mem::take(&mut self.cp.lines)
    }

    /// The content of a file of the A-disk.
    pub fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// The A-disk's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}
