//! The peer process: frames of cases out, frames of results back.

use super::cases::Case;
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// First address and size of the data area; behind it there is no storage.
pub const DATA: u64 = 0x20000;
pub const DATA_SIZE: usize = 0x2000;
/// Zeros before the data area, for operands that miss it.
pub const MARGIN: u64 = 0x2000;

/// What a machine holds after one instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    pub end: End,
    pub mask: u64,
    pub address: u64,
    pub gr: [u64; 16],
    pub fpr: [u64; 16],
    pub ar: [u32; 16],
    pub fpc: u32,
    pub checksum: u32,
    /// The data area, when it was asked for.
    pub area: Vec<u8>,
}

/// How the instruction ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Completed,
    Program(u16),
    Svc,
    /// Something else, which is never right.
    Strange(u32),
}

impl State {
    pub fn cc(&self) -> u8 {
        (self.mask >> 44 & 3) as u8
    }
}

/// Another s390x.
pub trait Other: Sized {
    /// How many times as many cases have to be made as it takes.
    const TRIES: usize;

    /// Starts it with the contents of the data area, or says why it cannot be.
    fn start(base: &[u8]) -> Result<Self, String>;

    /// Whether a case can be run there.
    fn takes(case: &Case) -> bool;

    /// Sends cases.
    fn send(&mut self, cases: &[Case], wants_area: bool);

    /// The results of the oldest cases sent and not answered, `None` where one cannot be compared; nothing when it has
    /// ended.
    fn receive(&mut self, cases: &[Case]) -> Option<Vec<Option<State>>>;
}

/// The Python package unicorn.
pub struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    results: Receiver<Vec<State>>,
}

fn python() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("VMSHARE_ORACLE_PYTHON") {
        return Ok(path.into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    let python = target.join("venv/bin/python");
    if python.exists() {
        return Ok(python);
    }
    Err(format!(
        "there is no {} (python3 -m venv target/venv && target/venv/bin/pip install unicorn)",
        python.display()
    ))
}

/// Hands a peer's process the contents of the data area, and reads its answers as they come.
pub fn serve<T: Send + 'static>(
    child: &mut Child,
    base: &[u8],
    read: fn(&mut BufReader<ChildStdout>) -> Option<T>,
) -> Result<(ChildStdin, Receiver<T>), String> {
    let mut input = child.stdin.take().ok_or("no pipe")?;
    let output = child.stdout.take().ok_or("no pipe")?;
    input.write_all(base).map_err(|e| e.to_string())?;
    let (send, results) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::with_capacity(1 << 20, output);
        while let Some(one) = read(&mut output) {
            if send.send(one).is_err() {
                return;
            }
        }
    });
    Ok((input, results))
}

impl Other for Peer {
    const TRIES: usize = 1;

    fn start(base: &[u8]) -> Result<Peer, String> {
        let python = python()?;
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/machine_oracle/oracle.py"
        );
        let probe = Command::new(&python)
            .args(["-c", "import unicorn"])
            .stderr(Stdio::null())
            .status();
        if !probe.is_ok_and(|s| s.success()) {
            return Err(format!("{} cannot import unicorn", python.display()));
        }
        let mut child = Command::new(python)
            .arg("-S")
            .arg("-c")
            .arg("import site; site.main(); import sys, runpy; runpy.run_path(sys.argv[1], run_name='__main__')")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let (input, results) = serve(&mut child, base, read_frame)?;
        Ok(Peer {
            child,
            input: Some(input),
            results,
        })
    }

    fn takes(_: &Case) -> bool {
        true
    }

    fn send(&mut self, cases: &[Case], wants_area: bool) {
        let mut frame = Vec::new();
        for case in cases {
            put(&mut frame, case, wants_area);
        }
        let Some(input) = &mut self.input else { return };
        let head = [
            (frame.len() as u32).to_le_bytes(),
            (cases.len() as u32).to_le_bytes(),
        ];
        // A peer that has ended is found out when its answer does not come.
        let _ = input.write_all(&[&head.concat(), &frame[..]].concat());
        let _ = input.flush();
    }

    fn receive(&mut self, _: &[Case]) -> Option<Vec<Option<State>>> {
        let all = self.results.recv().ok()?;
        Some(all.into_iter().map(Some).collect())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

fn put(to: &mut Vec<u8>, case: &Case, wants_area: bool) {
    let flags = u16::from(wants_area) | case.repeats as u16 | u16::from(case.without_afp) << 3;
    to.extend(flags.to_le_bytes());
    to.extend((case.at as u32).to_le_bytes());
    to.extend((case.code.len() as u16).to_le_bytes());
    to.extend((case.target_at as u32).to_le_bytes());
    to.extend((case.target.len() as u16).to_le_bytes());
    to.extend((case.patches.len() as u16).to_le_bytes());
    to.extend(case.mask.to_le_bytes());
    to.extend(case.fpc.to_le_bytes());
    case.gr.iter().for_each(|v| to.extend(v.to_le_bytes()));
    case.fpr.iter().for_each(|v| {
        to.extend(v.to_le_bytes());
        to.extend([0; 8]);
    });
    case.ar.iter().for_each(|v| to.extend(v.to_le_bytes()));
    for (at, bytes) in &case.patches {
        to.extend(at.to_le_bytes());
        to.extend((bytes.len() as u16).to_le_bytes());
        to.extend(bytes);
    }
    to.extend(&case.code);
    to.extend(&case.target);
}

fn read_frame(from: &mut impl Read) -> Option<Vec<State>> {
    let mut head = [0; 8];
    from.read_exact(&mut head).ok()?;
    let word = |b: &[u8]| b.iter().rev().fold(0u64, |v, b| v << 8 | u64::from(*b));
    let (length, count) = (word(&head[..4]) as usize, word(&head[4..]) as usize);
    let mut all = vec![0; length];
    from.read_exact(&mut all).ok()?;
    let each = length / count.max(1);
    Some(all.chunks_exact(each).map(|r| state(r, word)).collect())
}

fn state(r: &[u8], word: impl Fn(&[u8]) -> u64) -> State {
    let at = |i: usize, n: usize| word(&r[i..i + n]);
    let end = match (at(0, 4), at(4, 4)) {
        (0, _) => End::Completed,
        (2, _) => End::Svc,
        // What could not be fetched is the next instruction, behind a branch.
        (3, 5) if at(20, 8) >= DATA + DATA_SIZE as u64 => End::Completed,
        (3, code) => End::Program(code as u16),
        (other, _) => End::Strange(other as u32),
    };
    State {
        end,
        checksum: at(8, 4) as u32,
        mask: at(12, 8),
        address: at(20, 8),
        fpc: at(28, 4) as u32,
        gr: std::array::from_fn(|i| at(32 + 8 * i, 8)),
        fpr: std::array::from_fn(|i| at(160 + 16 * i, 8)),
        ar: std::array::from_fn(|i| at(416 + 4 * i, 4) as u32),
        area: r[480..].to_vec(),
    }
}
