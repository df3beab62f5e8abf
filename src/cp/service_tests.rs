//! What CP does for a machine besides running it: adapters between machines, dumps, the timer and spool files
//! of DIAGNOSE.

use super::diagnose::Call;
use super::hardware::Address;
use super::spool::{Made, Spool};
use super::tests::Rig;
use crate::base::codepage::{ebcdic_to_host, host_to_ebcdic};
use crate::device::Ctc;

const DIRECTORY: &str = "\
USER LINUX1 NOPASS 1M 4M EG
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER *
 SPOOL 000D 2540 PUNCH A
 SPOOL 000E 1403 A
 HOST 0200 BUILTIN GUEST
 SPECIAL 0700 CTCA LINUX2
 SPECIAL 0701 3088
USER LINUX2 NOPASS 1M 4M G
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER *
";

fn rig() -> Rig {
    Rig::with(DIRECTORY).on("LINUX1").on("LINUX2")
}

#[test]
fn adapters_are_coupled_and_uncoupled_with_both_users_told() {
    let mut rig = rig();
    let one = rig.types(
        "LINUX1",
        &[
            "define ctca 600",
            "couple 600 linux2 601",
            "couple 600 to nobody 601",
            "couple 009 to linux2 601",
            "q v ctca",
        ],
    );
    assert_eq!(
        one,
        "CTCA 0600 DEFINED\n\
         HCPCPL040E Device 0601 does not exist\n\
         HCPCPL045E NOBODY not logged on\n\
         HCPCPL011E Invalid device type - 0009\n\
         CTCA 0600 NOT COUPLED SUBCHANNEL = 0007\n\
         CTCA 0700 NOT COUPLED SUBCHANNEL = 0005\n\
         CTCA 0701 NOT COUPLED SUBCHANNEL = 0006\n"
    );
    rig.types("LINUX2", &["def 3088 601"]);
    let one = rig.types(
        "LINUX1",
        &["couple 600 linux2 601", "q v 600", "couple 600 linux2 601"],
    );
    assert_eq!(
        one,
        "CTCA 0600 COUPLED TO LINUX2 0601\n\
         CTCA 0600 COUPLED TO LINUX2   0601 SUBCHANNEL = 0007\n\
         HCPCPL058E Device 0600 is already coupled\n"
    );
    assert_eq!(rig.out("LINUX2"), "CTCA 0601 COUPLED BY LINUX1 0600\n");
    assert_eq!(rig.types("LINUX2", &["detach 601"]), "CTCA 0601 DETACHED\n");
    assert_eq!(rig.out("LINUX1"), "CTCA 0600 UNCOUPLED\n");
    rig.types("LINUX2", &["def ctc 601"]);
    rig.types("LINUX1", &["couple 600 linux2 601"]);
    rig.out("LINUX2");
    rig.types("LINUX2", &["logoff"]);
    assert!(rig.out("LINUX1").contains("CTCA 0600 UNCOUPLED"));
    let guest = rig.system.guests.get_mut(b"LINUX1").unwrap();
    assert!(
        !guest
            .hardware
            .devices
            .get::<Ctc>(0x600)
            .unwrap()
            .connected()
    );
    assert_eq!(rig.rc("LINUX1", "uncouple 600"), 60);
    // The directory's adapters, of which one is for LINUX2 alone.
    assert_eq!(rig.rc("LINUX1", "couple 700 * 701"), 59);
    assert_eq!(rig.rc("LINUX1", "couple 701 * 700"), 59);
    // Both ends at one machine.
    rig.types("LINUX1", &["define ctca 601"]);
    assert_eq!(rig.rc("LINUX1", "couple 600 * 600"), 11);
    assert_eq!(rig.rc("LINUX1", "couple 600 * 601"), 0);
    assert_eq!(rig.rc("LINUX1", "uncouple 601"), 0);
}

fn store(rig: &mut Rig, at: u64, bytes: &[u8]) {
    let guest = rig.system.guests.get_mut(b"LINUX1").unwrap();
    guest.hardware.write(Address::Real, at, bytes).unwrap();
}

fn fetch(rig: &mut Rig, at: u64, length: usize) -> Vec<u8> {
    let guest = rig.system.guests.get_mut(b"LINUX1").unwrap();
    guest.hardware.read(Address::Real, at, length).unwrap()
}

/// The records of the only file in a reader.
fn reader_file(rig: &Rig) -> (super::spool::Attributes, Vec<Vec<u8>>) {
    let spool = Spool::new(rig.folder.path().join("spool"));
    let open = spool.open(|_| true, |e| panic!("{e}")).unwrap();
    let data = open.records.iter().map(|r| {
        let mut data = r.data.clone();
        data.resize(4096, 0x40);
        data
    });
    (open.attributes.clone(), data.collect())
}

/// The pages of a dump, found as Linux's zgetdump finds them.
fn pages(file: &[u8], size: u64) -> Vec<Option<Vec<u8>>> {
    let word = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(file[..2], host_to_ebcdic(b"SR"));
    assert_eq!(file[56..64], host_to_ebcdic(b"VMDUMP  "));
    assert_eq!(file[4096..4104], host_to_ebcdic(b"HCPDFMBK"));
    let registers = (word(4096 + 8) - 1) * 4096;
    assert_eq!(file[registers + 187], 0x02);
    let access = word(4096 + 16);
    assert_eq!(
        file[(access - 1) * 4096..][..8],
        host_to_ebcdic(b"HCPDALBK")
    );
    let space = access * 4096;
    let long = |at: usize| u64::from_be_bytes(file[at..at + 8].try_into().unwrap());
    assert_eq!(long(space + 72), size);
    let mut at = space + 4096;
    let index = file[at..at + 4096].to_vec();
    at += 4096;
    let mut present = Vec::new();
    for map in 0..4096 * 8 {
        if present.len() as u64 >= size / 4096 {
            break;
        }
        if index[map / 8] & (0x80 >> (map % 8)) == 0 {
            present.extend([false; 4096]);
            continue;
        }
        present.extend(file[at..at + 4096].iter().map(|k| k & 1 != 0));
        at += 4096;
    }
    present.truncate(usize::try_from(size / 4096).unwrap());
    present
        .into_iter()
        .map(|there| {
            there.then(|| {
                at += 4096;
                file[at - 4096..at].to_vec()
            })
        })
        .collect()
}

#[test]
fn a_dump_says_what_it_is_and_holds_the_machine() {
    let mut rig = rig();
    store(&mut rig, 0x3000, &[0x40; 4096]);
    store(&mut rig, 0x5010, b"\x01\x02");
    store(&mut rig, 0xF_F000, b"\x07");
    rig.types(
        "LINUX1",
        &["store gg2 123456789abcdef", "store psw 00080000 80001234"],
    );
    let said = rig.types("LINUX1", &["vmdump to linux2 format linux *before the fix"]);
    assert!(
        said.contains("DMP FILE 0001 SENT TO   LINUX2   RDR AS  0001"),
        "{said}"
    );
    assert!(
        said.contains("V NOHOLD NOKEEP\nCommand complete\n"),
        "{said}"
    );
    let queue = rig.types("LINUX2", &["query rdr all"]);
    assert!(queue.contains("LINUX1   0001 V DMP "), "{queue}");
    assert!(queue.contains("VMDUMP    FILE"), "{queue}");
    let (attributes, records) = reader_file(&rig);
    assert_eq!(attributes.made, Made::Dump);
    let file = records.concat();
    let text = ebcdic_to_host(&file[200..250]);
    assert!(
        text.starts_with(b"VMDUMP OF LINUX1 FORMAT LINUX *before the fix"),
        "{}",
        String::from_utf8_lossy(&text)
    );
    let pages = pages(&file, 1 << 20);
    for (number, page) in pages.iter().enumerate() {
        let there = fetch(&mut rig, number as u64 * 4096, 4096);
        match page {
            Some(page) => assert_eq!(*page, there, "page {number:X}"),
            None => assert_eq!(there, [0; 4096], "page {number:X}"),
        }
    }
    assert!(pages[3].is_some() && pages[5].is_some() && pages[0xFF].is_some());
    // GPR 2, the PSW's address, storage size.
    assert_eq!(
        file[8192 + 32..8192 + 40],
        0x0123_4567_89AB_CDEFu64.to_be_bytes()
    );
    assert_eq!(file[8192 + 200..8192 + 208], 0x1234u64.to_be_bytes());
}

#[test]
fn ranges_of_a_dump_are_whole_pages_and_what_is_wrong_is_told() {
    let mut rig = rig();
    for at in [0x1000, 0x3000, 0x5000, 0x9000] {
        store(&mut rig, at, b"\x01");
    }
    assert_eq!(rig.rc("LINUX1", "VMDUMP 1800 3000.1 :800 8FFF-9000"), 0);
    let (_, records) = reader_file(&rig);
    let there: Vec<usize> = pages(&records.concat(), 1 << 20)
        .iter()
        .enumerate()
        .filter_map(|(n, p)| p.is_some().then_some(n))
        .collect();
    assert_eq!(there, [1, 3, 9]);
    for (text, rc) in [
        ("VMDUMP 0-100000", 160),
        ("VMDUMP 0-END", 0),
        ("VMDUMP 8000-", 0),
        ("VMDUMP 8000.END", 0),
        ("VMDUMP 20-10", 5),
        ("VMDUMP 1 2 3 4 5", 26),
        ("VMDUMP TO", 26),
        ("VMDUMP TO NOBODY", 53),
        ("VMDUMP SYSTEM", 53),
        ("VMDUMP FORMAT", 26),
        ("VMDUMP FORMAT TOOLONGNAME", 3),
        ("VMDUMP FROB", 3),
        ("VMDUMP DSS TO * *", 0),
    ] {
        assert_eq!(rig.rc("LINUX1", text), rc, "{text}");
    }
}

#[test]
fn storage_is_shown_changed_dumped_and_printed_while_the_machine_runs() {
    let mut rig = rig();
    // A loop that counts in R1: AHI R1,1 and a branch back.
    store(&mut rig, 0x1000, b"\xA7\x1A\x00\x01\xA7\xF4\xFF\xFE");
    rig.types("LINUX1", &["store psw 00080000 80001000"]);
    rig.system.console_line(b"LINUX1", b"begin");
    let mut step = |line: &str| {
        rig.system.console_line(b"LINUX1", line.as_bytes());
        rig.system.run(10_000);
        rig.out("LINUX1")
    };
    let count = |shown: &str| u32::from_str_radix(&shown[10..18], 16).unwrap();
    let first = count(&step("#cp display g1"));
    let second = count(&step("#cp display g1"));
    assert!(second > first, "{first} {second}");
    step("#cp store g1 7fffff00");
    assert!(count(&step("#cp display g1")) >= 0x7FFF_FF00);
    assert_eq!(step("#cp store 2000 c1c2c3c4"), "Store complete.\n");
    let shown = step("#cp display t2000.4");
    assert!(
        shown.contains("C1C2C3C4") && shown.contains("*ABCD"),
        "{shown}"
    );
    assert!(step("#cp vmdump 0-fff").contains("Command complete"));
    assert_eq!(step("#cp dump t2000-2fff *now"), "Command complete\n");
    let closed = step("#cp close printer name dump now");
    assert!(closed.contains("PRT FILE"), "{closed}");
    let spool = Spool::new(rig.folder.path().join("spool"));
    let printed = spool
        .open(|a| a.made == Made::Printer, |e| panic!("{e}"))
        .unwrap();
    let text: Vec<String> = printed
        .records
        .iter()
        .map(|r| String::from_utf8_lossy(&ebcdic_to_host(&r.data)).into_owned())
        .collect();
    let text = text.join("\n");
    assert!(text.starts_with("DUMP OF LINUX1 *now\nPSW = "), "{text}");
    assert!(text.contains("*ABCD............*"), "{text}");
    assert!(
        text.contains("R00002020 TO R00002FF0  LINES SAME AS ABOVE"),
        "{text}"
    );
    assert!(rig.system.guests.get(b"LINUX1").is_some_and(|g| !g.cp_read));
}

/// A DIAGNOSE with R2 and R4, and R3 and R5 beside them.
fn diagnose(rig: &mut Rig, code: u16, r: [u32; 4]) -> (u8, u32) {
    let guest = rig.system.guests.get_mut(b"LINUX1").unwrap();
    let generation = guest.generation;
    let cpu = &mut guest.hardware.machine.cpus[0];
    for (n, value) in (2u8..).zip(r) {
        cpu.set_gr32(n, value);
    }
    cpu.psw.cc = 0;
    // The new PSW of a program interruption says that there was one.
    let before = cpu.psw;
    let call = Call {
        cpu: 0,
        code,
        r1: 2,
        r3: 4,
        generation,
    };
    rig.system.diagnose(b"LINUX1", call);
    let cpu = &mut rig
        .system
        .guests
        .get_mut(b"LINUX1")
        .unwrap()
        .hardware
        .machine
        .cpus[0];
    let refused = cpu.psw.addr != before.addr;
    cpu.psw.addr = before.addr;
    match refused {
        true => (99, 0),
        false => (cpu.psw.cc, cpu.gr32(4)),
    }
}

#[test]
fn a_processor_may_ask_once_to_be_told_of_pages() {
    let mut rig = rig();
    store(&mut rig, 104, &[0, 8, 0, 0, 0x80, 0, 0x77, 0x70]);
    rig.types("LINUX1", &["store psw 00080000 80001000"]);
    let block = |code: u16, token: u64, mask: u64, zarch: u64| {
        let mut out = [0x258u16, code, 5, 2].map(u16::to_be_bytes).concat();
        out.extend([token, mask, mask, zarch].map(u64::to_be_bytes).concat());
        out
    };
    let on = block(0, 0x2E8, 1 << 48, 1 << 63);
    let off = block(1, 0, 0, 0);
    let mut call = |bytes: &[u8]| {
        store(&mut rig, 0x2000, bytes);
        diagnose(&mut rig, 0x258, [0x2000, 0, 0, 0])
    };
    assert_eq!(call(&off), (0, 4));
    assert_eq!(call(&on), (0, 0));
    assert_eq!(call(&on), (0, 8));
    assert_eq!(call(&off), (0, 0));
    for bad in [
        block(2, 0, 0, 0),
        block(0, 0x2E4, 0, 1 << 63),
        block(0, 0x2E8, 0, 0),
        block(1, 8, 0, 0),
    ] {
        assert_eq!(call(&bad).0, 99);
    }
}

#[test]
fn nobody_is_authorized_to_have_a_monitor_collect() {
    let mut rig = rig();
    assert_eq!(diagnose(&mut rig, 0xDC, [0x2000, 0, 0, 0]), (0, 5));
}

#[test]
fn a_machine_that_does_not_set_its_timer_again_gets_its_command_done() {
    let mut rig = rig();
    store(&mut rig, 104, &[0, 8, 0, 0, 0x80, 0, 0x77, 0x70]);
    rig.types("LINUX1", &["store psw 00080000 80001000"]);
    let command = host_to_ebcdic(b"MSG * WOOF\x15MSG LINUX2 HELP");
    let length = u32::try_from(command.len()).unwrap();
    store(&mut rig, 0x2000, &command);
    assert_eq!(diagnose(&mut rig, 0x288, [0, 14, 0x2000, length]).0, 99);
    assert_eq!(diagnose(&mut rig, 0x288, [1, 30, 0, 0]).0, 99);
    assert_eq!(diagnose(&mut rig, 0x288, [3, 30, 0x2000, length]).0, 99);
    let wait = |rig: &mut Rig, seconds: i64| {
        rig.system.clock().advance(seconds * 1_000_000);
        rig.run();
        rig.out("LINUX1")
    };
    assert_eq!(
        diagnose(&mut rig, 0x288, [0x8000_0000, 15, 0x2000, length]).0,
        0
    );
    assert_eq!(wait(&mut rig, 14), "");
    // Set again in time.
    assert_eq!(diagnose(&mut rig, 0x288, [1, 20, 0, 0]).0, 0);
    assert_eq!(wait(&mut rig, 19), "");
    assert!(wait(&mut rig, 1).contains("WOOF"));
    assert!(rig.out("LINUX2").contains("HELP"));
    // It bites once, and not when it was stopped.
    assert_eq!(wait(&mut rig, 100), "");
    assert_eq!(diagnose(&mut rig, 0x288, [0, 15, 0x2000, length]).0, 0);
    assert_eq!(diagnose(&mut rig, 0x288, [2, 0, 0, 0]).0, 0);
    assert_eq!(wait(&mut rig, 100), "");
}

#[test]
fn spool_files_are_read_by_blocks() {
    let mut rig = rig();
    store(&mut rig, 104, &[0, 8, 0, 0, 0x80, 0, 0x77, 0x70]);
    rig.types("LINUX1", &["store psw 00080000 80001000"]);
    let next = |rig: &mut Rig, after: u32| diagnose_14(rig, 0x4000, after, 0xFFF);
    let read = |rig: &mut Rig| diagnose_14(rig, 0x5000, 0xC, 0);
    assert_eq!(next(&mut rig, 0), 1);
    assert_eq!(read(&mut rig), 2);
    assert_eq!(diagnose_14(&mut rig, 0x5000, 0xD, 0), 3);
    assert_eq!(diagnose_14(&mut rig, 1, 0xC, 0x28), 2);
    assert_eq!(diagnose_14(&mut rig, 1, 0xC, 0x77), 99);
    rig.types("LINUX1", &["spool punch to *"]);
    let guest = rig.system.guests.get_mut(b"LINUX1").unwrap();
    for n in 0..120 {
        guest.hardware.write_unit(0xD, 0x41, &[n; 80]);
    }
    rig.types("LINUX1", &["close punch name my file"]);
    assert_eq!(next(&mut rig, 0), 0);
    let file = fetch(&mut rig, 0x4000, 104);
    assert_eq!(ebcdic_to_host(&file[40..64]), b"MY          FILE        ");
    assert_eq!(file[24..32], [0, 0, 0, 120, 0, 80, 0, 1]);
    assert_eq!(file[32], 0);
    assert_eq!(next(&mut rig, 1), 1);
    assert_eq!(next(&mut rig, 7), 2);
    assert_eq!(read(&mut rig), 0);
    assert_eq!(next(&mut rig, 0), 0);
    assert_eq!(fetch(&mut rig, 0x4020, 1), [0x80]);
    let block = fetch(&mut rig, 0x5000, 4096);
    assert_eq!(
        block[16 + 12 + 96..][..12],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    );
    let count = |b: &[u8]| u32::from_be_bytes(b[12..16].try_into().unwrap());
    let mut all = count(&block);
    while read(&mut rig) == 0 {
        all += count(&fetch(&mut rig, 0x5000, 16));
    }
    assert_eq!(all, 120);
    assert_eq!(read(&mut rig), 1);
    assert_eq!(diagnose_14(&mut rig, 1, 0xC, 0x28), 0);
    assert_eq!(diagnose_14(&mut rig, 100, 0xC, 0x28), 3);
    assert_eq!(diagnose_14(&mut rig, 0, 0xC, 0x28), 3);
    assert_eq!(read(&mut rig), 0);
    assert_eq!(fetch(&mut rig, 0x5000, 4096), block);
    rig.types("LINUX1", &["close reader purge"]);
    assert_eq!(read(&mut rig), 2);
}

/// DIAGNOSE X'14': Rx in R2, Ry in R4, the subcode in R5.
fn diagnose_14(rig: &mut Rig, rx: u32, ry: u32, subcode: u32) -> u8 {
    diagnose(rig, 0x14, [rx, 0, ry, subcode]).0
}
