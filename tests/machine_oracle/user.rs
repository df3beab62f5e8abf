//! A second peer: `qemu-s390x-static` runs user.c, a Linux program that runs the cases. It is newer than unicorn, and
//! runs the problem state with 64-bit addresses only.

use super::cases::{CODE, Case, PROBLEM_64, Repeats, whole};
use super::peer::{DATA, DATA_SIZE, End, Other, State, serve};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Receiver;
use vmshare::machine::insn::{Format, row_of};

/// Below this nothing is mapped there, and low core lies here.
const MAPPED: u64 = 0x10000;
/// Condition code and program mask in a PSW.
const CC_AND_MASK: u64 = 0x3F << 40;
/// JUMP ON OVERFLOW to so many bytes before it.
const AGAIN: usize = 4;

/// Signals, as the program has them.
mod signal {
    pub const ILL: u64 = 4;
    pub const TRAP: u64 = 5;
    pub const FPE: u64 = 8;
    pub const SEGV: u64 = 11;
}

/// How a case ended there.
struct Outcome {
    signal: u64,
    code: u64,
    fault: u64,
    state: State,
    /// Offsets in the data area, and what stands there now.
    changes: Vec<(u64, u64)>,
}

/// The program under QEMU.
pub struct User {
    child: Child,
    input: Option<ChildStdin>,
    results: Receiver<Outcome>,
    base: Vec<u8>,
    /// The code of the case before: the instruction, and the target of EXECUTE.
    stands: [(u64, Vec<u8>); 2],
    _dir: tempfile::TempDir,
}

fn built(dir: &Path) -> Result<(), String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/machine_oracle/user.c");
    // Registers of floating point are the cases', and nothing may stand where small numbers point.
    let options = "-O2 -march=z10 -msoft-float -ffreestanding -fno-stack-protector -fno-pie -no-pie -static \
                   -nostdlib -Wall -Wextra -Werror -Wl,--build-id=none -Wl,-Ttext-segment=0x50000000 -o user";
    let made = Command::new("s390x-linux-gnu-gcc")
        .args(options.split_whitespace())
        .arg(source)
        .current_dir(dir)
        .output()
        .map_err(|_| "s390x-linux-gnu-gcc is not installed".to_owned())?;
    match made.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&made.stderr).into_owned()),
    }
}

impl Other for User {
    /// Three encodings of five are for 64-bit addresses.
    const TRIES: usize = 2;

    fn start(base: &[u8]) -> Result<User, String> {
        let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
        built(dir.path())?;
        let mut child = Command::new("qemu-s390x-static")
            .args(["-cpu", "max", "./user"])
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "qemu-s390x-static is not installed".to_owned())?;
        let (input, results) = serve(&mut child, base, outcome)?;
        Ok(User {
            child,
            input: Some(input),
            results,
            base: base.to_vec(),
            stands: [(CODE, Vec::new()), (CODE, Vec::new())],
            _dir: dir,
        })
    }

    /// Nothing but 64-bit addresses, never a supervisor call, and no branch to itself.
    fn takes(case: &Case) -> bool {
        let calls = case.executed()[0] == 0x0A;
        case.mask & PROBLEM_64 == PROBLEM_64 && !case.without_afp && !calls && !circles(case)
    }

    fn send(&mut self, cases: &[Case], _: bool) {
        let mut bytes = (cases.len() as u64).to_be_bytes().to_vec();
        for case in cases {
            self.put(&mut bytes, case);
        }
        let Some(input) = &mut self.input else { return };
        // A peer that has ended is found out when its answer does not come.
        let _ = input.write_all(&bytes);
        let _ = input.flush();
    }

    fn receive(&mut self, cases: &[Case]) -> Option<Vec<Option<State>>> {
        let state = |case| Some(self.results.recv().ok()?.state(case, &self.base));
        cases.iter().map(state).collect()
    }
}

impl User {
    fn put(&mut self, to: &mut Vec<u8>, case: &Case) {
        let mut code = case.code.clone();
        if case.repeats == Repeats::CpuDetermined {
            // It is gone on with while the condition code is 3.
            let back = (code.len() as i16 / 2).wrapping_neg();
            code.extend([0xA7, 0x14]);
            code.extend(back.to_be_bytes());
        }
        let mut writes: Vec<(u64, Vec<u8>)> = Vec::new();
        let stands = [(case.at, code), (case.target_at, case.target.clone())];
        // What has been translated there stays so from one state to the next.
        if self.stands != stands {
            let before = std::mem::replace(&mut self.stands, stands);
            writes.extend(before.map(|(at, bytes)| (at, vec![0; bytes.len()])));
            writes.extend(self.stands.clone());
        }
        for (at, bytes) in &case.patches {
            for (n, some) in bytes.chunks(256).enumerate() {
                writes.push((DATA + u64::from(*at) + 256 * n as u64, some.to_vec()));
            }
        }
        let mut long = |v: u64| to.extend(v.to_be_bytes());
        long(case.at);
        long(case.mask);
        long(case.fpc.into());
        case.gr.iter().for_each(|v| long(*v));
        case.fpr.iter().for_each(|v| long(*v));
        case.ar
            .chunks(2)
            .for_each(|v| long(u64::from(v[0]) << 32 | u64::from(v[1])));
        long(writes.len() as u64);
        for (at, mut bytes) in writes {
            to.extend(at.to_be_bytes());
            to.extend((bytes.len() as u64).to_be_bytes());
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            to.extend(bytes);
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

fn long(from: &mut impl Read) -> Option<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes).ok()?;
    Some(u64::from_be_bytes(bytes))
}

fn outcome(from: &mut impl Read) -> Option<Outcome> {
    let (signal, code, fault) = (long(from)?, long(from)?, long(from)?);
    let (address, mask, fpc) = (long(from)?, long(from)?, long(from)?);
    let mut longs = [0; 40];
    for v in &mut longs {
        *v = long(from)?;
    }
    let count = long(from)?;
    let changes: Option<Vec<(u64, u64)>> = (0..count)
        .map(|_| Some((long(from)?, long(from)?)))
        .collect();
    Some(Outcome {
        signal,
        code,
        fault,
        state: State {
            end: End::Completed,
            mask,
            address,
            gr: std::array::from_fn(|i| longs[i]),
            fpr: std::array::from_fn(|i| longs[16 + i]),
            ar: std::array::from_fn(|i| (longs[32 + i / 2] >> (32 * (1 - i % 2))) as u32),
            fpc: fpc as u32,
            checksum: 0,
            area: Vec::new(),
        },
        changes: changes?,
    })
}

/// Whether a relative branch may lead to itself.
fn circles(case: &Case) -> bool {
    use Format::*;
    let relative = match row_of(&whole(&case.code)).map(|row| row.format) {
        Some(RiRel | RiMask | Rsi | RieB | RieC | RieE) => &case.code[2..4],
        Some(RilRel | RilMask) => &case.code[2..6],
        _ => return false,
    };
    relative.iter().all(|b| *b == 0)
}

impl Outcome {
    /// The state behind the instruction, if what happened there can be compared.
    fn state(mut self, case: &Case, base: &[u8]) -> Option<State> {
        let behind = case.at + case.code.len() as u64;
        let at = self.state.address;
        let repeated = match case.repeats {
            Repeats::CpuDetermined => AGAIN as u64,
            _ => 0,
        };
        let (end, address) = match (self.signal, self.code) {
            (signal::SEGV, _) if at != case.at => (End::Completed, at),
            // Low core lies there in a real machine.
            (signal::SEGV, _) if self.fault < MAPPED => return None,
            (signal::SEGV, _) => (End::Program(5), at),
            (signal::ILL, 1) if at == behind => (End::Program(1), at),
            (signal::ILL, 1) if at == behind + repeated + 2 => (End::Completed, behind),
            (signal::ILL, 1) => (End::Completed, at.wrapping_sub(2)),
            (signal::ILL, 5) => (End::Program(2), at),
            (signal::ILL, 2) => (End::Program(6), at),
            (signal::FPE, 1) => (End::Program(9), at),
            (signal::FPE, 2) => (End::Program(8), at),
            (signal::FPE | signal::TRAP, _) => (End::Program(7), at),
            _ => return None,
        };
        // Data that was branched to has run as instructions.
        if end == End::Completed && (DATA..DATA + DATA_SIZE as u64).contains(&address) {
            return None;
        }
        self.state.end = end;
        self.state.address = address;
        self.state.mask = case.mask & !CC_AND_MASK | self.state.mask & CC_AND_MASK;
        let mut area = base.to_vec();
        for (at, bytes) in &case.patches {
            let at = usize::from(*at);
            area[at..at + bytes.len()].copy_from_slice(bytes);
        }
        for (at, value) in self.changes {
            let at = at as usize;
            area[at..at + 8].copy_from_slice(&value.to_be_bytes());
        }
        debug_assert_eq!(area.len(), DATA_SIZE);
        self.state.checksum = crc32fast::hash(&area);
        self.state.area = area;
        Some(self.state)
    }
}
