//! Every instruction against independent machines: the Python package unicorn (an older QEMU's translator), and
//! qemu-s390x-static for what programs may do; random operands, all registers, condition code, storage and program
//! interruptions compared.
//!
//! The short form runs with the other tests. `VMSHARE_ORACLE=20000` is the long form (cases an instruction);
//! `VMSHARE_ORACLE_ROWS=adbr,mvc` picks rows; `VMSHARE_ORACLE_SEED=7` takes other numbers.

mod cases;
mod differences;
mod models;
mod peer;
mod subject;
mod user;
mod values;

use cases::Case;
use differences::{Fault, Known, NOT_COMPARED, QEMU, Seen, UNICORN};
use peer::{DATA_SIZE, End, Other, Peer, State};
use std::collections::VecDeque;
use std::fmt::Write;
use subject::{How, Subject};
use user::User;
pub use values::Dice;
use vmshare::machine::disassemble;
use vmshare::machine::insn::{FAMILIES, Facility, Format, Row, SHOWN, decode, row_of};

/// Cases an instruction in the short form.
const SHORT: usize = 2000;
/// States tried with one encoding.
const STATES: usize = 20;

fn number(name: &str, or: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(or)
}

fn rows() -> Vec<&'static Row> {
    let only = std::env::var("VMSHARE_ORACLE_ROWS").unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|w| !w.is_empty()).collect();
    let all = FAMILIES.iter().copied().flatten();
    let there = all.filter(|row| match row.facility {
        Facility::Bit(bit) => SHOWN.contains(&bit),
        Facility::Both | Facility::Zarch => true,
    });
    let wanted = there.filter(|row| only.is_empty() || only.contains(&row.mnemonic));
    wanted
        .filter(|row| NOT_COMPARED.iter().all(|(name, _)| *name != row.mnemonic))
        .collect()
}

/// Rows that EXECUTE is tried on: no branches, nothing relative or interruptible, no EXECUTE.
fn executable() -> Vec<&'static Row> {
    let all = FAMILIES.iter().copied().flatten();
    let good = all.filter(|row| {
        matches!(
            row.format,
            Format::Rr
                | Format::Rre
                | Format::Rx
                | Format::Rxy
                | Format::Rs
                | Format::Rsy
                | Format::Si
                | Format::Siy
                | Format::Ss
                | Format::SsTwo
                | Format::Ri
                | Format::I
        ) && !row.mnemonic.starts_with('b')
            && row.mnemonic != "ex"
            && NOT_COMPARED.iter().all(|(name, _)| *name != row.mnemonic)
            && !UNICORN.not_there.contains(&row.mnemonic)
            && cases::repeats(row) == cases::Repeats::Never
    });
    good.collect()
}

#[test]
fn every_instruction_does_what_another_s390x_does() {
    compare_with::<Peer>(&UNICORN, number("VMSHARE_ORACLE_SEED", 1) as u64);
}

#[test]
fn every_instruction_of_programs_does_what_qemu_does() {
    compare_with::<User>(&QEMU, number("VMSHARE_ORACLE_SEED", 1) as u64 ^ 0x5EED);
}

fn compare_with<P: Other>(known: &'static Known, seed: u64) {
    let base = Dice::new(seed ^ 0xDA7A).bytes(DATA_SIZE);
    let mut peer = match P::start(&base) {
        Ok(peer) => peer,
        Err(why) => {
            let name = known.name;
            eprintln!("machine_oracle: SKIPPED, nothing has been compared with {name}: {why}");
            return;
        }
    };
    let mut subject = Subject::new(&base);
    let each = number("VMSHARE_ORACLE", SHORT);
    let executable = executable();
    let mut report = Report::new(known, &base);
    let mut sent: VecDeque<(&Row, Vec<Case>)> = VecDeque::new();
    let mut rows = rows().into_iter();
    loop {
        // Two rows are under way at the peer while ours run.
        while sent.len() < 3
            && let Some(row) = rows.next()
        {
            let mut dice = Dice::new(seed.wrapping_mul(0x1_0001) ^ u64::from(row.opcode));
            let mut all = Vec::new();
            for _ in 0..each.div_ceil(STATES) * P::TRIES {
                all.extend(cases::cases(&mut dice, row, &executable, STATES));
            }
            all.retain(P::takes);
            peer.send(&all, false);
            sent.push_back((row, all));
        }
        let Some((row, all)) = sent.pop_front() else {
            break;
        };
        report.rows += usize::from(!all.is_empty());
        if let Some(theirs) = peer.receive(&all) {
            report.judge(&mut subject, row, &all, &theirs);
            continue;
        }
        report.again::<P>(&mut subject, row, &all);
        peer = P::start(&base).expect("the peer starts again");
        sent.iter().for_each(|(_, all)| peer.send(all, false));
    }
    report.explain(&mut subject, &mut peer);
    report.end();
}

/// What has been found.
struct Report {
    known: &'static Known,
    rows: usize,
    cases: usize,
    /// The data area before the patches.
    base: Vec<u8>,
    /// How often each known fault of the peer accounted for a difference.
    excused: Vec<usize>,
    /// Rows with the first cases that differ, and how many do.
    wrong: Vec<(&'static Row, Vec<Case>, usize)>,
    text: String,
    coverage: String,
}

impl Report {
    fn new(known: &'static Known, base: &[u8]) -> Report {
        Report {
            known,
            rows: 0,
            cases: 0,
            base: base.to_vec(),
            excused: vec![0; known.faults().count()],
            wrong: Vec::new(),
            text: String::new(),
            coverage: String::new(),
        }
    }

    /// Says what was done; fails if something differs.
    fn end(&self) {
        eprintln!(
            "machine_oracle: {} instructions, {} cases compared with {}",
            self.rows, self.cases, self.known.name
        );
        if std::env::var_os("VMSHARE_ORACLE_COVERAGE").is_some() {
            eprintln!("{}", self.coverage);
            for (fault, n) in self.known.faults().zip(&self.excused) {
                eprintln!("{n:8} times: {}: {}", fault.section, fault.why);
            }
        }
        assert!(self.wrong.is_empty(), "{}", self.text);
    }

    /// Runs a row's cases and compares.
    fn judge(
        &mut self,
        subject: &mut Subject,
        row: &'static Row,
        cases: &[Case],
        theirs: &[Option<State>],
    ) {
        /// So many cases of a row are kept.
        const KEPT: usize = 50;
        let mut first = Vec::new();
        let mut wrong = 0;
        let mut completed = 0;
        for (i, (case, theirs)) in cases.iter().zip(theirs).enumerate() {
            let Some(theirs) = theirs else { continue };
            self.cases += 1;
            // A block runs on behind a branch, so only where nothing stands.
            let straight = theirs.address == case.at + case.code.len() as u64;
            let clear = (cases::CODE + 0x2000..cases::CODE + 0x4000).contains(&theirs.address);
            let block = i % 2 == 1 && (straight || clear || theirs.end != End::Completed);
            let how = if block { How::Block } else { How::Singly };
            let ours = subject.run(case, how, false);
            completed += usize::from(theirs.end == End::Completed);
            if self.different(case, &ours, theirs).is_some() {
                wrong += 1;
                if first.len() < KEPT {
                    first.push(case.clone());
                }
            }
        }
        if wrong > 0 {
            self.wrong.push((row, first, wrong));
        }
        let _ = writeln!(
            self.coverage,
            "{:8} {completed} of {} completed",
            row.mnemonic,
            cases.len()
        );
    }

    /// The peer ended while it worked on a row: its cases are sent again a few at a time, those of a bad lot
    /// one by one, and the ones that it cannot stand are left out.
    fn again<P: Other>(&mut self, subject: &mut Subject, row: &'static Row, cases: &[Case]) {
        let base = self.base.clone();
        let start = || P::start(&base).expect("the peer starts again");
        let mut peer = start();
        let mut lost: Vec<&Case> = Vec::new();
        let mut bad = 0;
        for (i, few) in cases.chunks(STATES).enumerate() {
            let rest = &cases[i * STATES..];
            peer.send(few, false);
            if let Some(theirs) = peer.receive(few) {
                self.judge(subject, row, few, &theirs);
                continue;
            }
            peer = start();
            bad += 1;
            if bad > 24 {
                // Starting it again and again takes too long.
                lost.extend(rest);
                break;
            }
            if bad > 1 {
                lost.extend(few);
                continue;
            }
            for case in few {
                let one = std::slice::from_ref(case);
                peer.send(one, false);
                match peer.receive(one) {
                    Some(theirs) => self.judge(subject, row, one, &theirs),
                    None => {
                        lost.push(case);
                        peer = start();
                    }
                }
            }
        }
        if let Some(case) = lost.first() {
            eprintln!(
                "machine_oracle: the peer ended on {} of {} cases of {}, first on\n{}",
                lost.len(),
                cases.len(),
                row.mnemonic,
                show(case)
            );
        }
    }

    /// Says what is different in the first case of every row that is.
    fn explain(&mut self, subject: &mut Subject, peer: &mut impl Other) {
        if !self.known.steady {
            self.confirm(subject, peer);
        }
        let found = self.wrong.len();
        let _ = writeln!(self.text, "{found} instructions differ");
        for (row, cases, count) in self.wrong.clone() {
            let case = &cases[0];
            let name = row.mnemonic;
            let _ = writeln!(self.text, "\n{name} ({count} cases)\n{}", show(case));
            let Some(theirs) = again(peer, case) else {
                let _ = writeln!(self.text, "  the peer has ended");
                return;
            };
            for how in [How::Singly, How::Block] {
                let ours = subject.run(case, how, true);
                match self.different(case, &ours, &theirs) {
                    Some(why) => {
                        let _ = writeln!(self.text, "  {how:?}: {why}");
                        let _ = write!(self.text, "{}", changes(case, &ours, &theirs));
                    }
                    None => {
                        let _ = writeln!(self.text, "  {how:?}: the same");
                    }
                }
            }
        }
    }

    /// Keeps of the differences those that are there when a case is run once more, by itself.
    fn confirm(&mut self, subject: &mut Subject, peer: &mut impl Other) {
        for (row, cases, count) in std::mem::take(&mut self.wrong) {
            let differs = |case: &Case| {
                again(peer, case).is_some_and(|theirs| {
                    [How::Singly, How::Block].into_iter().any(|how| {
                        let ours = subject.run(case, how, false);
                        self.different(case, &ours, &theirs).is_some()
                    })
                })
            };
            let real: Vec<Case> = cases.into_iter().filter(differs).collect();
            match real.is_empty() {
                true => eprintln!(
                    "machine_oracle: {count} differences of {} were not there again",
                    row.mnemonic
                ),
                false => self.wrong.push((row, real, count)),
            }
        }
    }

    /// What differs between the two outcomes, if anything that counts does.
    fn different(&mut self, case: &Case, ours: &State, theirs: &State) -> Option<&'static str> {
        let code = case.executed();
        let Some(row) = row_of(&code) else {
            // What EXECUTE made of its target is no instruction here, but may be one on a newer machine.
            let refused = matches!(ours.end, End::Program(1 | 6));
            return (!refused).then_some("an instruction that is not there");
        };
        let op = decode(&code, true);
        if let Some(expected) = models::expected(row, &op, case, &self.base) {
            return models::wrong(&expected, ours);
        }
        if self.known.not_there.contains(&row.mnemonic) && theirs.end == End::Program(1) {
            return None;
        }
        let found = compare(ours, theirs)?;
        let seen = Seen {
            row,
            case,
            op,
            ours,
            theirs,
        };
        let excuses =
            |f: &Fault| (f.rows.is_empty() || f.rows.contains(&row.mnemonic)) && (f.excuses)(&seen);
        match self.known.faults().position(excuses) {
            Some(i) => {
                self.excused[i] += 1;
                None
            }
            None => Some(found),
        }
    }
}

/// The first thing that is not the same.
fn compare(ours: &State, theirs: &State) -> Option<&'static str> {
    let completed = ours.end == End::Completed;
    let checks = [
        (ours.end == theirs.end, "how it ended"),
        (
            !completed || ours.address == theirs.address,
            "instruction address",
        ),
        (ours.gr == theirs.gr, "general registers"),
        (ours.fpr == theirs.fpr, "floating-point registers"),
        (ours.ar == theirs.ar, "access registers"),
        (ours.checksum == theirs.checksum, "storage"),
        (ours.fpc == theirs.fpc, "floating-point control register"),
        (!completed || ours.mask == theirs.mask, "PSW"),
    ];
    checks.iter().find(|(same, _)| !same).map(|(_, what)| *what)
}

/// What a case comes to by itself.
fn again(peer: &mut impl Other, case: &Case) -> Option<State> {
    let one = std::slice::from_ref(case);
    peer.send(one, true);
    peer.receive(one)?.pop()?
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

fn show(case: &Case) -> String {
    let d = disassemble(&case.code, case.at);
    let mut text = format!(
        "  {:X}: {} {} {} PSW {:016X} FPC {:08X}",
        case.at,
        hex(&case.code),
        d.mnemonic,
        d.operands,
        case.mask,
        case.fpc
    );
    if !case.target.is_empty() {
        let d = disassemble(&case.target, case.target_at);
        let _ = write!(
            text,
            "\n  {}: {} {} {}",
            case.target_at,
            hex(&case.target),
            d.mnemonic,
            d.operands
        );
    }
    for i in 0..4 {
        let g = &case.gr[4 * i..4 * i + 4];
        let f = &case.fpr[4 * i..4 * i + 4];
        let _ = write!(
            text,
            "\n  R{:<2} {:016X} {:016X} {:016X} {:016X}",
            4 * i,
            g[0],
            g[1],
            g[2],
            g[3]
        );
        let _ = write!(
            text,
            "  F{:<2} {:016X} {:016X} {:016X} {:016X}",
            4 * i,
            f[0],
            f[1],
            f[2],
            f[3]
        );
    }
    for (at, bytes) in &case.patches {
        let shown = &bytes[..bytes.len().min(32)];
        let _ = write!(
            text,
            "\n  at {:X}: {} ({})",
            peer::DATA + u64::from(*at),
            hex(shown),
            bytes.len()
        );
    }
    text
}

/// Every change that the two do not share.
fn changes(case: &Case, ours: &State, theirs: &State) -> String {
    let mut text = format!(
        "    end       {:?} | {:?}   address {:X} | {:X}   PSW {:016X} | {:016X}\n",
        ours.end, theirs.end, ours.address, theirs.address, ours.mask, theirs.mask
    );
    let mut line = |name: String, before: u64, a: u64, b: u64| {
        if a != b {
            let _ = writeln!(text, "    {name:9} {a:016X} | {b:016X}   was {before:016X}");
        }
    };
    for i in 0..16 {
        line(format!("R{i}"), case.gr[i], ours.gr[i], theirs.gr[i]);
        line(format!("F{i}"), case.fpr[i], ours.fpr[i], theirs.fpr[i]);
        line(
            format!("A{i}"),
            case.ar[i].into(),
            ours.ar[i].into(),
            theirs.ar[i].into(),
        );
    }
    line(
        "FPC".into(),
        case.fpc.into(),
        ours.fpc.into(),
        theirs.fpc.into(),
    );
    let bytes = ours.area.iter().zip(&theirs.area).enumerate();
    let differing: Vec<usize> = bytes.filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
    if let (Some(&from), Some(&to)) = (differing.first(), differing.last()) {
        let to = to.min(from + 31);
        let _ = writeln!(
            text,
            "    storage   {:X}: {} | {}  ({} bytes)",
            peer::DATA + from as u64,
            hex(&ours.area[from..=to]),
            hex(&theirs.area[from..=to]),
            differing.len()
        );
    }
    text
}
