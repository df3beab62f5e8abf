//! The table of measurements: each row a command of ours, where there is one beside its peer, run in turn
//! in the same minutes; medians of five, or of the three boots of a kernel. `benches/run` prints it. `benches/run instructions` counts the
//! instructions of the language's programs and fails where there are more than 2 % more than in
//! benches/instructions.tsv; `benches/run instructions update` writes that file.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

#[path = "table/boot.rs"]
mod boot;
#[path = "table/late.rs"]
mod late;
#[path = "table/pipes.rs"]
mod pipes;
#[path = "table/rexx.rs"]
mod rexx;

use vmshare::base::Clock;
use vmshare::cp::{ConsoleState, LogonHow, Options, System};

const RUNS: usize = 5;

fn main() -> ExitCode {
    let groups: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    if groups.iter().any(|g| g == "instructions") {
        return rexx::instructions(groups.iter().any(|g| g == "update"));
    }
    let wanted = |name: &str| groups.is_empty() || groups.iter().any(|g| g == name);
    println!(
        "{:<58} {:>10} {:>10} {:>7}  target",
        "command", "ours", "peer", "ratio"
    );
    if wanted("system") {
        system_rows();
    }
    if wanted("machine") {
        machine_rows();
    }
    if wanted("rexx") {
        rexx::rows();
    }
    if wanted("pipes") {
        pipes::rows();
    }
    ExitCode::SUCCESS
}

fn row(what: &str, ours: Duration, peer: Option<Duration>, target: &str) {
    let mut line = format!("{what:<58} {:>10}", seconds(ours));
    match peer {
        Some(peer) => {
            let ratio = ours.as_secs_f64() / peer.as_secs_f64();
            let _ = write!(line, " {:>10} {ratio:>7.3}", seconds(peer));
        }
        None => {
            let _ = write!(line, " {:>10} {:>7}", "-", "-");
        }
    }
    println!("{line}  {target}");
}

fn seconds(d: Duration) -> String {
    let s = d.as_secs_f64();
    if s < 0.1 {
        format!("{:.3} ms", s * 1e3)
    } else {
        format!("{s:.3} s")
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The time of one whole run.
fn once(mut command: Command) -> Duration {
    let start = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        status.is_ok_and(|s| s.success()),
        "the measured command succeeds"
    );
    start.elapsed()
}

/// The median time of whole runs, after one that warms up.
fn whole(make: impl Fn() -> Command) -> Duration {
    once(make());
    median((0..RUNS).map(|_| once(make())).collect())
}

/// The same of two commands in turn, so that what else the host does meets both.
fn pair(ours: impl Fn() -> Command, peer: impl Fn() -> Command) -> (Duration, Duration) {
    once(ours());
    once(peer());
    let times = (0..RUNS).map(|_| (once(ours()), once(peer())));
    let (ours, peers): (Vec<_>, Vec<_>) = times.unzip();
    (median(ours), median(peers))
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cms(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cms"));
    command
        .args(args)
        .current_dir(dir)
        .env("XDG_DATA_HOME", dir);
    command
}

fn system_rows() {
    let Ok(dir) = tempfile::tempdir() else { return };
    let at = dir.path();
    row(
        "cms -c 'Q TIME'",
        whole(|| cms(at, &["-c", "Q TIME"])),
        None,
        "15 ms",
    );
    row(
        "cms SAVELX LXSHR 200 (embedded guest)",
        whole(|| cms(at, &["SAVELX", "LXSHR", "200"])),
        None,
        "0.3 s",
    );
    row(
        "IPL LXSHR to the first guest instruction",
        first_instruction(at),
        None,
        "1 ms",
    );
    further_guests(at);
    late::rows();
    let system = project().join("target/debian-s390x/system");
    if system.join("system.direct").exists() {
        let args = [
            "--system",
            system.to_str().unwrap_or("."),
            "SAVELX",
            "DEBNSS",
            "200",
        ];
        row(
            "cms SAVELX DEBNSS 200 (Debian's kernel)",
            whole(|| cms(at, &args)),
            None,
            "2 s",
        );
    } else {
        println!(
            "cms SAVELX DEBNSS 200: skipped, tests/tools/fetch-debian-kernel has not been run"
        );
    }
}

/// From the command to the guest having run one instruction, in one process.
fn first_instruction(data: &Path) -> Duration {
    let times = (0..RUNS).map(|_| {
        let options = Options {
            dir: None,
            work: data.to_path_buf(),
            data: data.join("vmshare"),
            clock: Clock::host(),
            deterministic: false,
        };
        let mut system = System::open(options).expect("the embedded system starts");
        let user = system.default_user();
        system
            .logon(&user, LogonHow::TerminalNoIpl)
            .expect("the default user logs on");
        let start = Instant::now();
        system.command(&user, b"IPL LXSHR");
        system.run(1);
        let took = start.elapsed();
        assert!(system.state(&user) == ConsoleState::Running, "LXSHR runs");
        took
    });
    median(times.collect())
}

/// The host's private memory per further guest of one saved system, measured over thirty of them.
fn further_guests(at: &Path) {
    const GUESTS: u64 = 30;
    let dir = at.join("many");
    let mut directory = String::from(
        "USER OPER NOPASS 64M 64M ABCEG\n IPL CMS\n CONSOLE 0009 3215\n SPOOL 000C 2540 READER *\n \
         MDISK 0190 FB-512 1 END SYS190 RR\n HOST 0190 BUILTIN EXECS\n HOST 0200 BUILTIN GUEST\n",
    );
    for n in 0..=GUESTS {
        let _ = write!(
            directory,
            "USER LX{n} NOPASS 64M 64M G\n IPL LXSHR\n CONSOLE 0009 3215\n"
        );
    }
    fs::create_dir_all(&dir).expect("a folder");
    fs::write(dir.join("system.direct"), directory).expect("a directory");
    let saved = cms(
        at,
        &["--system", &dir.to_string_lossy(), "SAVELX", "LXSHR", "200"],
    )
    .output();
    assert!(saved.is_ok_and(|o| o.status.success()), "SAVELX succeeds");
    let options = Options {
        dir: Some(dir),
        work: at.to_path_buf(),
        data: at.to_path_buf(),
        clock: Clock::host(),
        deterministic: false,
    };
    let mut system = System::open(options).expect("the system starts");
    let mut start = |n: u64| {
        let user = format!("LX{n}").into_bytes();
        system
            .logon(&user, LogonHow::Disconnected)
            .expect("a guest logs on");
        for _ in 0..10 {
            system.run(1_000_000);
        }
    };
    start(0);
    let before = private_kb();
    (1..=GUESTS).for_each(&mut start);
    let each = (private_kb() - before) / GUESTS;
    println!(
        "{:<58} {each:>7} kB of the host's private memory",
        "each further 64M guest of LXSHR, idle at its console"
    );
}

/// Private memory of this process, in kB.
fn private_kb() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    rollup
        .lines()
        .filter(|l| l.starts_with("Private_"))
        .filter_map(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum()
}

fn machine_rows() {
    loop_row();
    boot::rows();
}

fn loop_row() {
    let rounds: u64 = 20_000_000;
    let Some(image) = loop_image(rounds) else {
        println!("plain loop: skipped, binutils for s390x is not installed");
        return;
    };
    let ours = median((0..RUNS).map(|_| our_loop(&image)).collect());
    let peer = hercules_loop(&image);
    row(
        "plain loop, 300 M instructions, beside hercules",
        ours,
        peer,
        "1/2.5, then 1/4",
    );
    println!("{:<58} {:>7.0} MIPS", "", 15.0 * 20.0 / ours.as_secs_f64());
}

/// An absolute-zero image of the loop with its IPL PSW; `None` without the assembler.
fn loop_image(rounds: u64) -> Option<Vec<u8>> {
    let dir = tempfile::tempdir().ok()?;
    let at = |name: &str| dir.path().join(name);
    let source = fs::read_to_string(project().join("benches/machine/loop.s")).ok()?;
    fs::write(
        at("loop.s"),
        source.replace("100000000", &rounds.to_string()),
    )
    .ok()?;
    fs::copy(project().join("benches/machine/enter.s"), at("enter.s")).ok()?;
    let tool = |name: &str, args: &[&str]| {
        let status = Command::new(format!("s390x-linux-gnu-{name}"))
            .args(args)
            .current_dir(dir.path())
            .status();
        status.is_ok_and(|s| s.success()).then_some(())
    };
    tool("as", &["-o", "enter.o", "enter.s"])?;
    tool("as", &["-o", "loop.o", "loop.s"])?;
    tool(
        "ld",
        &["-Ttext=0x10000", "-Tdata=0x20000", "-o", "loop", "loop.o"],
    )?;
    tool("objcopy", &["-O", "binary", "loop", "loop.bin"])?;
    tool(
        "objcopy",
        &["-O", "binary", "-j", ".text", "enter.o", "enter.bin"],
    )?;
    let mut image = vec![0; 0x10000];
    image[..8].copy_from_slice(&[0, 8, 0, 0, 0x80, 0, 0x80, 0]);
    let enter = fs::read(at("enter.bin")).ok()?;
    image[0x8000..0x8000 + enter.len()].copy_from_slice(&enter);
    image.extend(fs::read(at("loop.bin")).ok()?);
    Some(image)
}

fn our_loop(image: &[u8]) -> Duration {
    use vmshare::machine::psw::Psw;
    use vmshare::machine::{Config, Exit, Machine, Request, Reset};
    let config = Config::new(64 << 20, Clock::host());
    let mut machine = Machine::new(config).expect("storage for the machine");
    machine.storage.write(0, image).expect("the image fits");
    machine.reset(Reset::Initial).expect("a reset");
    machine.cpus[0].load_psw(Psw::from_short(0x0008_0000_8000_8000, false));
    machine.request(Request::Start(0));
    let start = Instant::now();
    while !matches!(machine.run(1 << 40), Exit::DisabledWait { .. }) {}
    start.elapsed()
}

/// The time from the switch to z/Architecture to the disabled wait, as hercules reports them.
fn hercules_loop(image: &[u8]) -> Option<Duration> {
    let dir = tempfile::tempdir().ok()?;
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).ok();
    write("loop.img", image)?;
    write("loop.ins", b"* loop\nloop.img 0x00000000\n")?;
    write("h.rc", b"ipl loop.ins\n")?;
    write(
        "h.cnf",
        b"ARCHMODE z/Arch\nMAINSIZE 64\nNUMCPU 1\nCPUMODEL 2097\nOSTAILOR QUIET\nHERCPRIO 0\nTODPRIO 0\n\
          DEVPRIO 0\nCPUPRIO 0\n0009 3215-C\n",
    )?;
    let times: Option<Vec<Duration>> = (0..RUNS)
        .map(|_| hercules_once(dir.path().to_path_buf()))
        .collect();
    times.map(median)
}

fn hercules_once(dir: PathBuf) -> Option<Duration> {
    let mut child = Command::new("hercules")
        .args(["-d", "-f", "h.cnf"])
        .env("HERCULES_RC", "h.rc")
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut start = None;
    let mut took = None;
    for line in BufReader::new(child.stdout.take()?)
        .lines()
        .map_while(Result::ok)
    {
        if line.contains("Set architecture mode") {
            start = Some(Instant::now());
        }
        if line.contains("Disabled wait") {
            took = start.map(|s: Instant| s.elapsed());
            break;
        }
    }
    // The measurement is over whether or not the peer ends by itself.
    let _ = child.kill();
    let _ = child.wait();
    took
}
