//! Disks on images as users see them: at logon, in queries, linked, temporary, and through DIAGNOSE.

use super::blockio::{block_io, device_characteristics};
use super::diagnose::Call;
use super::hardware::Address;
use super::tests::Rig;
use crate::machine::{Machine, ProgramCode};

const DIRECTORY: &str = "\
USER LINUX1 NOPASS 16M 256M EG
 CONSOLE 0009 3215
 MDISK 0201 3390 1 2 LNX201 MR
 HOST 0201 IMAGE images/ckd.3390 MR
 MDISK 0202 FB-512 1 64 LNX202 MR
 HOST 0202 IMAGE images/fba.img
 MDISK 0203 3390 1 1 LNX203 RR
 HOST 0203 IMAGE images/none.3390
 HOST 0204 IMAGE images/unsaid.img
USER LINUX2 NOPASS 16M 32M G
 CONSOLE 0009 3215
 LINK LINUX1 0201 0301 RR
";

fn rig() -> Rig {
    Rig::with(DIRECTORY).on("LINUX1")
}

#[test]
fn images_are_made_at_logon_and_queried_like_minidisks() {
    let mut rig = Rig::with(DIRECTORY);
    rig.system
        .logon(b"LINUX1", super::LogonHow::TerminalNoIpl)
        .unwrap();
    // One that is only read is not made.
    let said = rig.out("LINUX1");
    assert!(
        said.contains("HCPLGA1505E Device 0203 is not usable: ")
            && said.contains("none.3390: No such file"),
        "{said}"
    );
    assert!(
        said.contains("unsaid.img: there is none, and no size to make one of"),
        "{said}"
    );
    let images = rig.folder.path().join("images");
    let size = |name: &str| std::fs::metadata(images.join(name)).map(|m| m.len()).ok();
    assert_eq!(size("ckd.3390"), Some(512 + 30 * 56832));
    assert_eq!((size("fba.img"), size("none.3390")), (Some(64 * 512), None));
    assert_eq!(
        rig.types(
            "LINUX1",
            &[
                "query virtual dasd",
                "define vfb-512 as 300 blk 1000",
                "define t3390 301 cyl 5",
                "q v 300-301"
            ]
        ),
        "DASD 0201 3390 LNX201 R/W          2 CYL ON DASD  0201 SUBCHANNEL = 0001\n\
         DASD 0202 9336 LNX202 R/W         64 BLK ON DASD  0202 SUBCHANNEL = 0002\n\
         DASD 0300 DEFINED\n\
         DASD 0301 DEFINED\n\
         DASD 0300 9336 (VDSK) R/W       1000 BLK ON DASD  VDSK SUBCHANNEL = 0003\n\
         DASD 0301 3390 (TEMP) R/W          5 CYL ON DASD  0301 SUBCHANNEL = 0004\n"
    );
    let folder = rig.folder.path().join("disks/linux1.0301.temp");
    assert!(folder.is_dir());
    assert_eq!(rig.types("LINUX1", &["detach 301"]), "DASD 0301 DETACHED\n");
    assert!(!folder.exists());
    for (command, rc) in [
        ("define t3390 300 5", 92),
        ("define t3390 302", 26),
        ("define t3390 302 cyl 0", 2),
        ("define t3390 302 cyl x", 2),
        ("define tfb-512 302 9 9", 3),
        ("query 203", 40),
        ("ipl 201", 229),
    ] {
        assert_eq!(rig.rc("LINUX1", command), rc, "{command}");
    }
}

#[test]
fn a_disk_is_linked_to_read_while_its_owner_writes() {
    let mut rig = rig();
    rig = rig.on("LINUX2");
    assert_eq!(
        rig.types(
            "LINUX2",
            &["q v da", "link linux1 202 302 mr", "link linux1 202 303 w"]
        ),
        "DASD 0301 3390 LNX201 R/O          2 CYL ON DASD  0201 SUBCHANNEL = 0001\n\
         DASD 0302 LINKED R/O; R/W BY LINUX1\n\
         HCPLNM106E LINUX1 0202 not linked; R/W by LINUX1; R/O by LINUX2\n"
    );
    // What one writes the other reads at once.
    let block = [0xE7; 512];
    let write = |rig: &mut Rig| {
        let guest = rig.system.guests.get(&b"LINUX1"[..]).unwrap();
        guest
            .hardware
            .disk(0x202)
            .unwrap()
            .0
            .write_block(63, &block)
    };
    write(&mut rig).unwrap();
    let guest = rig.system.guests.get(&b"LINUX2"[..]).unwrap();
    let (image, access) = guest.hardware.disk(0x302).unwrap();
    let mut back = [0; 512];
    image.read_block(63, &mut back).unwrap();
    assert_eq!(back, block);
    assert_eq!(access, crate::device::dasd::Access::Read);
}

#[test]
fn who_comes_first_writes_and_a_later_owner_reads() {
    let mut rig = rig();
    rig.types("LINUX1", &["logoff"]);
    rig = rig.on("LINUX2");
    let linked = rig.types(
        "LINUX2",
        &["link linux1 202 302 w", "link linux1 202 303 mw"],
    );
    assert_eq!(linked, "DASD 0303 LINKED R/W; R/W BY LINUX2\n");
    rig.system
        .logon(b"LINUX1", crate::cp::LogonHow::TerminalNoIpl)
        .unwrap();
    let greeting = rig.out("LINUX1");
    assert!(
        greeting.contains("DASD 0202 LINKED R/O; R/W BY 2 USERS"),
        "{greeting}"
    );
    let guest = rig.system.guests.get(&b"LINUX1"[..]).unwrap();
    let (image, access) = guest.hardware.disk(0x202).unwrap();
    assert_eq!(access, crate::device::dasd::Access::Read);
    // Two that write with MW share one image: each sees what the other wrote.
    let theirs = rig.system.guests.get(&b"LINUX2"[..]).unwrap();
    for (number, fill) in [(0x302, 1u8), (0x303, 2)] {
        let (other, access) = theirs.hardware.disk(number).unwrap();
        assert_eq!(access, crate::device::dasd::Access::Write);
        other.write_block(5, &[fill; 512]).unwrap();
        let mut back = [0; 512];
        image.read_block(5, &mut back).unwrap();
        assert_eq!(back, [fill; 512]);
    }
}

#[test]
fn an_image_that_is_not_what_the_directory_says_is_not_there() {
    let first = rig();
    let image = first.folder.path().join("images/ckd.3390");
    let good = std::fs::read(&image).unwrap();
    drop(first);
    let mut torn = good.clone();
    torn.truncate(good.len() - 7);
    let longer = [good.as_slice(), &good[512..]].concat();
    let mut older = good.clone();
    older[16] = 0x50;
    for (bytes, says) in [
        (
            torn,
            "ckd.3390: byte 1705465: the file ends inside cylinder 1",
        ),
        (
            longer,
            "ckd.3390: it is a 3390 of 4 cylinders, and the directory says a 3390 of 2 cylinders",
        ),
        (older, "ckd.3390: byte 16: there is no disk of type X'50'"),
        (vec![0; 5120], "ckd.3390: it is 10 blocks of 512 bytes"),
    ] {
        let mut rig = Rig::with(DIRECTORY);
        std::fs::create_dir(rig.folder.path().join("images")).unwrap();
        std::fs::write(rig.folder.path().join("images/ckd.3390"), bytes).unwrap();
        rig.system
            .logon(b"LINUX1", super::LogonHow::TerminalNoIpl)
            .unwrap();
        let said = rig.out("LINUX1");
        assert!(
            said.contains("Device 0201 is not usable: ") && said.contains(says),
            "{said}"
        );
        assert_eq!(rig.rc("LINUX1", "QUERY 201"), 40);
    }
}

#[test]
fn a_damaged_track_is_told_where_the_program_runs() {
    let mut first = rig();
    let image = first.folder.path().join("images/ckd.3390");
    first.system.command(b"LINUX1", b"DETACH 201");
    let mut bytes = std::fs::read(&image).unwrap();
    bytes[512 + 4] = 9;
    std::fs::write(&image, bytes).unwrap();
    let mut rig = Rig {
        system: Rig::open(first.folder.path()),
        folder: first.folder,
    }
    .on("LINUX1");
    let said = rig.types("LINUX1", &["ipl 201"]);
    assert!(
        said.contains("HCPERP1505E Disk image cannot be used: ")
            && said.contains("ckd.3390: cylinder 0 head 0: byte 0: the home address is 0000000009"),
        "{said}"
    );
}

#[test]
fn an_image_without_a_minidisk_says_what_it_is() {
    let first = rig();
    let images = first.folder.path().join("images");
    for image in ["ckd.3390", "fba.img"] {
        std::fs::copy(images.join(image), images.join("unsaid.img")).unwrap();
        let mut rig = Rig::with(DIRECTORY);
        std::fs::create_dir(rig.folder.path().join("images")).unwrap();
        let there = rig.folder.path().join("images/unsaid.img");
        std::fs::copy(images.join(image), there).unwrap();
        rig = rig.on("LINUX1");
        let said = rig.types("LINUX1", &["query 204"]);
        let wanted = match image {
            "ckd.3390" => "DASD 0204 3390        R/W          2 CYL",
            _ => "DASD 0204 9336        R/W         64 BLK",
        };
        assert!(said.starts_with(wanted), "{said}");
    }
}

/// A parameter list of 64 bytes in the long form.
fn list(device: u16, fields: &[(usize, &[u8])]) -> [u8; 64] {
    let mut list = [0; 64];
    list[..2].copy_from_slice(&device.to_be_bytes());
    list[2] = 0x80;
    for (at, bytes) in fields {
        list[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    list
}

fn machine(rig: &mut Rig) -> &mut Machine {
    let guest = rig.system.guests.get_mut(&b"LINUX1"[..]).unwrap();
    &mut guest.hardware.machine
}

fn store(rig: &mut Rig, at: u64, bytes: &[u8]) {
    let guest = rig.system.guests.get_mut(&b"LINUX1"[..]).unwrap();
    guest.hardware.write(Address::Real, at, bytes).unwrap();
}

fn fetch(rig: &mut Rig, at: u64, length: usize) -> Vec<u8> {
    let guest = rig.system.guests.get_mut(&b"LINUX1"[..]).unwrap();
    guest.hardware.read(Address::Real, at, length).unwrap()
}

/// DIAGNOSE X'250' with a parameter list: condition code and return code.
fn diagnose(rig: &mut Rig, function: u32, list: &[u8; 64]) -> Result<(u8, u32), ProgramCode> {
    store(rig, 0x2000, list);
    let cpu = &mut machine(rig).cpus[0];
    cpu.set_gr32(2, 0x2000);
    cpu.set_gr32(4, function);
    let call = Call {
        cpu: 0,
        code: 0x250,
        r1: 2,
        r3: 4,
        generation: 0,
    };
    block_io(&mut rig.system, b"LINUX1", &call)?;
    let cpu = &machine(rig).cpus[0];
    Ok((cpu.psw.cc, cpu.gr32(3)))
}

/// A list of entries at X'3000': type, block, buffer.
fn entries(rig: &mut Rig, rows: &[(u8, u64, u64)]) {
    for (at, (kind, block, buffer)) in (0x3000u64..).step_by(24).zip(rows) {
        let mut entry = [0; 24];
        entry[0] = *kind;
        entry[8..16].copy_from_slice(&block.to_be_bytes());
        entry[16..24].copy_from_slice(&buffer.to_be_bytes());
        store(rig, at, &entry);
    }
}

fn statuses(rig: &mut Rig, count: u64) -> Vec<u8> {
    (0..count)
        .map(|n| fetch(rig, 0x3001 + n * 24, 1)[0])
        .collect()
}

fn request(device: u16, flags: u8, count: u32) -> [u8; 64] {
    let parameter = 0x1234_5678_9ABC_DEF0u64.to_be_bytes();
    list(
        device,
        &[
            (25, &[flags]),
            (28, &count.to_be_bytes()),
            (40, &parameter),
            (48, &0x3000u64.to_be_bytes()),
        ],
    )
}

#[test]
fn blocks_are_read_and_written_by_diagnose_250() {
    let mut rig = rig();
    let size = |size: u32| size.to_be_bytes();
    let start = list(0x202, &[(24, &size(1024))]);
    assert_eq!(
        diagnose(&mut rig, 1, &request(0x202, 0, 1)),
        Ok((2, 28)),
        "not initialized"
    );
    assert_eq!(diagnose(&mut rig, 0, &start), Ok((0, 0)));
    assert_eq!(
        fetch(&mut rig, 0x2028, 16)[7..],
        [1, 0, 0, 0, 0, 0, 0, 0, 32]
    );
    assert_eq!(diagnose(&mut rig, 0, &start), Ok((2, 28)), "twice");
    store(&mut rig, 0x5000, &[0xAB; 1024]);
    entries(&mut rig, &[(1, 32, 0x5000), (2, 32, 0x6000)]);
    assert_eq!(diagnose(&mut rig, 1, &request(0x202, 0, 2)), Ok((0, 0)));
    assert_eq!(fetch(&mut rig, 0x6000, 1025)[1022..], [0xAB, 0xAB, 0]);
    // Some fail: outside on both sides, a type that is none, storage that is not there.
    let outside = 1 << 40;
    entries(
        &mut rig,
        &[
            (2, 33, 0x6000),
            (2, 0, 0x6000),
            (9, 1, 0x6000),
            (2, 1, outside),
            (2, 1, 0x6000),
        ],
    );
    assert_eq!(diagnose(&mut rig, 1, &request(0x202, 0, 5)), Ok((1, 12)));
    assert_eq!(statuses(&mut rig, 5), [1, 1, 6, 2, 0]);
    assert_eq!(
        diagnose(&mut rig, 1, &request(0x202, 0, 3)),
        Ok((2, 40)),
        "all of them"
    );
    assert_eq!(diagnose(&mut rig, 1, &request(0x202, 0, 0)), Ok((2, 36)));
    assert_eq!(diagnose(&mut rig, 1, &request(0x202, 0, 257)), Ok((2, 36)));
    assert_eq!(
        diagnose(&mut rig, 1, &request(0x202, 0x80, 1)),
        Err(ProgramCode::SPECIFICATION)
    );
    assert_eq!(
        diagnose(&mut rig, 2, &list(0x202, &[(2, &[0])])),
        Ok((0, 0))
    );
    assert_eq!(
        diagnose(&mut rig, 2, &list(0x202, &[(2, &[0])])),
        Ok((2, 28))
    );
    // Other devices and sizes.
    for (device, bytes, code) in [(0x999, 512, 16), (0x009, 512, 20), (0x202, 800, 24)] {
        let start = list(device, &[(24, &size(bytes))]);
        assert_eq!(diagnose(&mut rig, 0, &start), Ok((2, code)), "{device:X}");
    }
    assert_eq!(
        diagnose(&mut rig, 7, &start),
        Err(ProgramCode::SPECIFICATION)
    );
    // A count-key-data disk that is not formatted, with an offset.
    let start = list(0x201, &[(24, &size(4096)), (32, &5u64.to_be_bytes())]);
    assert_eq!(diagnose(&mut rig, 0, &start), Ok((0, 0)));
    let mut ends = (-4i64).to_be_bytes().to_vec();
    ends.extend((30i64 * 12 - 5).to_be_bytes());
    assert_eq!(fetch(&mut rig, 0x2028, 16), ends);
    entries(&mut rig, &[(2, 1, 0x6000)]);
    assert_eq!(diagnose(&mut rig, 1, &request(0x201, 0, 1)), Ok((2, 40)));
    assert_eq!(statuses(&mut rig, 1), [4]);
}

#[test]
fn an_asynchronous_request_ends_with_an_external_interruption() {
    let mut rig = rig();
    let start = list(0x202, &[(24, &512u32.to_be_bytes())]);
    assert_eq!(diagnose(&mut rig, 0, &start), Ok((0, 0)));
    entries(&mut rig, &[(2, 1, 0x6000), (2, 99, 0x6000)]);
    // A program that waits for it: X'2603' is enabled by bit 54 of control register 0.
    let out = rig.types(
        "LINUX1",
        &["store x0 00000200", "store s58 000A0000 80000ABC"],
    );
    assert!(!out.contains("HCP"), "{out}");
    assert_eq!(diagnose(&mut rig, 1, &request(0x202, 2, 2)), Ok((0, 8)));
    rig.types("LINUX1", &["store psw 010A0000 80002000", "begin"]);
    assert_eq!(fetch(&mut rig, 0x84, 4), [0x07, 0x01, 0x26, 0x03]);
    assert_eq!(
        fetch(&mut rig, 0x11B8, 8),
        0x1234_5678_9ABC_DEF0u64.to_be_bytes()
    );
}

#[test]
fn diagnose_210_tells_what_a_device_is() {
    let mut rig = rig();
    let mut ask = |device: u16| {
        let mut block = device.to_be_bytes().to_vec();
        block.extend([0, 12, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        store(&mut rig, 0x2000, &block);
        machine(&mut rig).cpus[0].set_gr32(2, 0x2000);
        let call = Call {
            cpu: 0,
            code: 0x210,
            r1: 2,
            r3: 0,
            generation: 0,
        };
        device_characteristics(&mut rig.system, b"LINUX1", &call).unwrap();
        let cc = machine(&mut rig).cpus[0].psw.cc;
        (cc, fetch(&mut rig, 0x2004, 9))
    };
    assert_eq!(ask(0x201), (0, vec![4, 0x82, 0, 2, 4, 0x82, 2, 0x82, 9]));
    assert_eq!(ask(0x202), (0, vec![1, 0x40, 0, 2, 1, 0x40, 0x10, 0, 9]));
    assert_eq!(ask(0x009), (2, vec![0x80, 0, 0, 0, 0, 0, 0, 0, 9]));
    assert_eq!(ask(0x999).0, 3);
}
