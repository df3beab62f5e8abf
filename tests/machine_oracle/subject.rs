//! The machine under test: one instruction from a case's state.

use super::cases::{Case, Repeats};
use super::peer::{DATA, DATA_SIZE, End, MARGIN, State};
use vmshare::base::Clock;
use vmshare::machine::{Config, Exit, HitKind, Machine, Psw, Trap, TrapKind};

/// Addresses of the disabled waits that program interruptions and supervisor calls lead to.
const PROGRAM_WAIT: u64 = 0x7770;
const SVC_WAIT: u64 = 0x7772;
/// Old PSWs.
const PROGRAM_OLD: u64 = 336;
const SVC_OLD: u64 = 320;
/// Disabled wait, 64-bit addressing.
const WAIT: u64 = 0x0002_0001_8000_0000;
/// Control register 0: AFP registers.
const AFP: u64 = 0x4_0000;

/// How instructions are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// One at a time.
    Singly,
    /// As a block of decoded instructions, up to an operation exception behind the case's own.
    Block,
}

pub struct Subject {
    machine: Machine,
    base: Vec<u8>,
    /// Where the case before had its code.
    dirty: Vec<u64>,
}

impl Subject {
    pub fn new(base: &[u8]) -> Subject {
        let storage = DATA + DATA_SIZE as u64;
        let machine = Machine::new(Config::new(storage, Clock::fixed(0))).expect("storage");
        Subject {
            machine,
            base: [&[0; MARGIN as usize], base].concat(),
            dirty: Vec::new(),
        }
    }

    /// Runs a case.
    pub fn run(&mut self, case: &Case, how: How, wants_area: bool) -> State {
        self.prepare(case, how);
        let mut state = self.step(how);
        if case.repeats != Repeats::Never {
            for _ in 0..200 {
                let early = case.repeats == Repeats::CpuDetermined && state.cc() == 3;
                if state.end != End::Completed || !early && state.address != case.at {
                    break;
                }
                self.machine.cpus[0].load_psw(Psw::from_long(state.mask, case.at));
                self.arm(how);
                state = self.step(how);
            }
        }
        if wants_area {
            state.area = self.area();
        }
        state
    }

    fn area(&mut self) -> Vec<u8> {
        self.machine
            .storage
            .read_vec(DATA, DATA_SIZE)
            .expect("data area")
    }

    fn prepare(&mut self, case: &Case, how: How) {
        let st = &mut self.machine.storage;
        let image = |addr: u64| [WAIT.to_be_bytes(), addr.to_be_bytes()].concat();
        st.write(464, &image(PROGRAM_WAIT)).expect("low core");
        st.write(448, &image(SVC_WAIT)).expect("low core");
        // Everywhere else stands what is no instruction.
        for at in self.dirty.drain(..) {
            st.write(at, &[0; 6]).expect("code");
        }
        self.dirty.extend([case.at, case.target_at]);
        st.write(case.at, &case.code).expect("code");
        st.write(case.target_at, &case.target).expect("target");
        st.write(DATA - MARGIN, &self.base).expect("data area");
        for (at, bytes) in &case.patches {
            st.write(DATA + u64::from(*at), bytes).expect("data area");
        }
        self.arm(how);
        let cpu = &mut self.machine.cpus[0];
        // Whatever the case before has left half done.
        cpu.reset();
        cpu.gr = case.gr.into();
        cpu.ar = case.ar;
        cpu.fpr = case.fpr;
        cpu.fpc = case.fpc;
        cpu.cr[0] = if case.without_afp { 0 } else { AFP };
        cpu.load_psw(Psw::from_long(case.mask, case.at));
        cpu.state = vmshare::machine::State::Operating;
    }

    fn arm(&mut self, how: How) {
        let everywhere = Trap {
            id: 0,
            kind: TrapKind::Instruction {
                start: 0,
                end: u64::MAX,
            },
        };
        self.machine.set_traps(match how {
            How::Singly => vec![everywhere],
            How::Block => Vec::new(),
        });
    }

    fn step(&mut self, how: How) -> State {
        if how == How::Singly {
            let exit = self.machine.run(1);
            let Exit::Hit(hit) = &exit else {
                return self.state(End::Strange(1));
            };
            assert_eq!(hit.kind, HitKind::Instruction);
        }
        let exit = self.machine.run(if how == How::Singly { 2 } else { 1000 });
        match exit {
            Exit::Hit(_) | Exit::Budget => self.state(End::Completed),
            Exit::DisabledWait { .. } => self.interrupted(how),
            _ => self.state(End::Strange(2)),
        }
    }

    /// The state with the PSW that an interruption stored.
    fn interrupted(&mut self, how: How) -> State {
        let m = &mut self.machine;
        let word = |m: &mut Machine, at: u64| {
            let bytes = m.storage.read_vec(at, 8).expect("low core");
            bytes.iter().fold(0u64, |v, b| v << 8 | u64::from(*b))
        };
        // Length of the instruction and interruption code, as stored.
        let program = word(m, 140) >> 32;
        let (ilc, code) = ((program >> 16) as u8, program as u16);
        let (old, end) = match m.cpus[0].psw.addr {
            PROGRAM_WAIT => (PROGRAM_OLD, End::Program(code)),
            SVC_WAIT => (SVC_OLD, End::Svc),
            _ => return self.state(End::Strange(3)),
        };
        let (mask, addr) = (word(m, old), word(m, old + 8));
        // An odd address, or one outside storage, is found out when the next instruction is fetched.
        let end = match end {
            End::Program(6) if ilc == 0 => End::Completed,
            End::Program(5) if outside(mask, addr.wrapping_sub(u64::from(ilc))) => {
                let mut state = self.state(End::Completed);
                (state.mask, state.address) = (mask, addr.wrapping_sub(u64::from(ilc)));
                return state;
            }
            end => end,
        };
        let mut state = self.state(end);
        (state.mask, state.address) = (mask, addr);
        if how == How::Block && end == End::Program(1) && ilc == 2 {
            // The operation exception behind the instruction: it has completed.
            state.end = End::Completed;
            state.address = addr.wrapping_sub(2) & Psw::from_long(mask, addr).amode.mask();
        }
        state
    }

    fn state(&mut self, end: End) -> State {
        let area = self.area();
        let cpu = &self.machine.cpus[0];
        let (mask, address) = cpu.psw.long();
        State {
            end,
            mask,
            address,
            gr: *cpu.gr,
            fpr: cpu.fpr,
            ar: cpu.ar,
            fpc: cpu.fpc,
            checksum: crc32fast::hash(&area),
            area: Vec::new(),
        }
    }
}

/// Whether nothing can be fetched at an instruction address.
fn outside(mask: u64, addr: u64) -> bool {
    let amode = Psw::from_long(mask, addr).amode;
    addr & amode.mask() >= DATA + DATA_SIZE as u64
}
