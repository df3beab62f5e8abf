//! Saved segments: what DEFSEG and SAVESEG make of storage, and DIAGNOSE X'64' of that in other machines.

use super::diagnose::Call;
use super::hardware::Address;
use super::tests::Rig;
use crate::base::codepage::host_to_ebcdic;

const DIRECTORY: &str = "\
USER MAKER NOPASS 64M 64M EG
 CONSOLE 0009 3215
 HOST 0200 BUILTIN GUEST
USER ONE NOPASS 16M 32M G
 CONSOLE 0009 3215
 HOST 0200 BUILTIN GUEST
USER TWO NOPASS 16M 32M G
 CONSOLE 0009 3215
 NAMESAVE SEG LOCKED ALL
";

/// One segment with shared pages, one with exclusive ones.
const DEFINE: &str =
    "defseg seg 3000-3000 sw 3001-3001 sn 3002-3002 sr 3100-3100 ew 3101-3101 er 3102-3102 en";

fn rig() -> Rig {
    Rig::with(DIRECTORY).on("MAKER").on("ONE").on("TWO")
}

/// A system where MAKER has saved SEG, with a word in each page that is its number.
fn saved(define: &str) -> Rig {
    let mut rig = rig();
    for page in [0x3000, 0x3001, 0x3002, 0x3100, 0x3101, 0x3102] {
        assert_eq!(rig.rc("MAKER", &format!("ST U{page:X}000 {page:X}")), 0);
    }
    assert_eq!(rig.rc("MAKER", define), 0, "{define}");
    assert_eq!(rig.rc("MAKER", "SAVESEG SEG"), 0);
    rig
}

fn file(rig: &Rig, name: &str) -> std::path::PathBuf {
    rig.folder.path().join("saved").join(name)
}

/// DIAGNOSE X'64': the condition code, and what is in Rx and Ry.
fn diagnose(rig: &mut Rig, user: &str, subcode: u64, at: u64) -> (u8, u64, u64) {
    let guest = rig.system.guests.get_mut(user.as_bytes()).unwrap();
    let generation = guest.generation;
    let cpu = &mut guest.hardware.machine.cpus[0];
    cpu.set_gr64(1, at);
    cpu.set_gr64(2, subcode);
    let call = Call {
        cpu: 0,
        code: 0x64,
        r1: 1,
        r3: 2,
        generation,
    };
    rig.system.diagnose(user.as_bytes(), call);
    let guest = rig.system.guests.get_mut(user.as_bytes()).unwrap();
    let cpu = &guest.hardware.machine.cpus[0];
    (cpu.psw.cc, cpu.gr64(1), cpu.gr64(2))
}

fn diag(rig: &mut Rig, user: &str, subcode: u64, name: &str) -> (u8, u64, u64) {
    store(
        rig,
        user,
        0x2000,
        &host_to_ebcdic(format!("{name:<8}").as_bytes()),
    );
    diagnose(rig, user, subcode, 0x2000)
}

fn store(rig: &mut Rig, user: &str, at: u64, bytes: &[u8]) {
    let guest = rig.system.guests.get_mut(user.as_bytes()).unwrap();
    guest.hardware.write(Address::Absolute, at, bytes).unwrap();
}

fn words(rig: &mut Rig, user: &str, pages: &[u64]) -> Vec<Option<u32>> {
    let guest = rig.system.guests.get_mut(user.as_bytes()).unwrap();
    let mut word = |page: &u64| {
        let bytes = guest.hardware.read(Address::Absolute, page << 12, 4).ok()?;
        Some(u32::from_be_bytes(bytes.try_into().unwrap()))
    };
    pages.iter().map(&mut word).collect()
}

#[test]
fn the_commands_as_the_console_shows_them() {
    let mut rig = rig();
    let out = rig.types(
        "MAKER",
        &[
            "defseg seg 3000-30ff sr 3200-320f sw loadnshr",
            "saveseg seg",
            "defseg locked 2000-2003 ew rstd secure",
            "saveseg locked",
            "defseg m1 1000-101f sr space all",
            "defseg m2 1020-103f sr space all",
            "saveseg m1",
            "defseg more 2100-2100 er",
            "q nss map",
            "q nss name seg",
            "q nss name locked attributes",
            "q nss attr name seg",
        ],
    );
    assert_eq!(
        out,
        "HCPNSD440I Saved segment SEG was successfully defined in fileid 0001.\n\
         HCPNSS440I Saved segment SEG was successfully saved in fileid 0001.\n\
         HCPNSD440I Saved segment LOCKED was successfully defined in fileid 0002.\n\
         HCPNSS440I Saved segment LOCKED was successfully saved in fileid 0002.\n\
         HCPNSD440I Saved segment M1 was successfully defined in fileid 0004.\n\
         HCPNSD440I Saved segment M2 was successfully defined in fileid 0005.\n\
         HCPNSS440I Saved segment M1 was successfully saved in fileid 0004.\n\
         HCPNSD440I Saved segment MORE was successfully defined in fileid 0006.\n\
         FILE FILENAME FILETYPE MINSIZE  BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP\n\
         0003 ALL      DCSS-S   N/A      01000  0103F   --  S  00000  N/A      N/A\n\
         0002 LOCKED   DCSS     N/A      02000  02003   EW  R  00000  N/A      N/A\n\
         0004 M1       DCSS-M   N/A      01000  0101F   SR  A  00000  N/A      N/A\n\
         0005 M2       DCSS-M   N/A      01020  0103F   SR  S  00000  N/A      N/A\n\
         0006 MORE     DCSS     N/A      02100  02100   ER  S  00000  N/A      N/A\n\
         0001 SEG      DCSS     N/A      03000  030FF   SR  A  00000  N/A      N/A\n\
         0001 SEG      DCSS     N/A      03200  0320F   SW  A  00000  N/A      N/A\n\
         OWNERID FILE TYPE CL RECS DATE  TIME     FILENAME FILETYPE ORIGINID\n\
         *NSS    0001 NSS  A  0273 08/31 22:42:30 SEG      DCSS     MAKER\n\
         FILE FILENAME FILETYPE CL ATTRIBUTES\n\
         0002 LOCKED   DCSS     R  SECURE\n\
         FILE FILENAME FILETYPE CL ATTRIBUTES\n\
         0001 SEG      DCSS     A  LOADNSHR\n"
    );
    let out = rig.types(
        "MAKER",
        &[
            "saveseg m2",
            "q nss name all map",
            "purge nss name all associates",
            "q nss class s",
        ],
    );
    assert_eq!(
        out,
        "HCPNSS440I Saved segment M2 was successfully saved in fileid 0005.\n\
         FILE FILENAME FILETYPE MINSIZE  BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP\n\
         0003 ALL      DCSS-S   N/A      01000  0103F   --  A  00000  N/A      N/A\n\
         0003 FILES PURGED\n\
         OWNERID FILE TYPE CL RECS DATE  TIME     FILENAME FILETYPE ORIGINID\n\
         *NSS    0006 NSS  S  0001 08/31 22:42:30 MORE     DCSS     MAKER\n"
    );
}

#[test]
fn what_cannot_be_defined_or_saved_is_refused_with_its_number() {
    let mut rig = rig();
    for (text, rc) in [
        ("DEFSEG", 26),
        ("DEFSEG X 1000-10FF", 26),
        ("DEFSEG X 1000-10FF SR SPACE X", 13),
        ("DEFSEG X 1000-10FF SR FROB", 3),
        ("DEFSEG X SAMERANGE SPACE S", 44),
        ("SAVESEG", 26),
        ("SAVESEG X", 263),
        ("SAVESEG X Y", 3),
        ("DEFSEG X 1000-100F SR SPACE S", 0),
        ("DEFSEG X 1000-100F SR SPACE S", 442),
        ("DEFSEG S 1100-110F SR", 450),
        ("DEFSEG Y 1200-120F SR SPACE X", 450),
        // The pages of members of one space may neither overlap nor mix in one segment.
        ("DEFSEG Y 100F-1010 SR SPACE S", 450),
        ("DEFSEG Y 1010-1010 EW SPACE S", 450),
        ("DEFSEG Y 1010-1010 SW SPACE S", 0),
        ("DEFSEG S SAMERANGE SPACE T", 450),
        ("SAVESEG S", 263),
        ("SAVESEG X", 0),
        ("DEFSEG FAR 4000-4000 SR", 0),
        ("SAVESEG FAR", 445),
        // There may be a system and a segment of one name; SAVESYS saves the system, or the segment alone.
        ("DEFSYS X 0-1 EW", 0),
        ("SAVESYS X", 447),
        ("SAVESYS Y", 0),
        ("IPL Y", 22),
    ] {
        assert_eq!(rig.rc("MAKER", text), rc, "{text}");
    }
    for text in ["DEFSEG Z 1000-1000 SR", "SAVESEG X"] {
        assert_eq!(rig.rc("ONE", text), 1, "{text}");
    }
}

#[test]
fn pages_are_shared_or_ones_own_as_they_were_defined() {
    let mut rig = saved(DEFINE);
    let all = [
        0x3000, 0x3001, 0x3002, 0x3003, 0x3100, 0x3101, 0x3102, 0x3103,
    ];
    assert_eq!(
        diag(&mut rig, "ONE", 0x0C, "SEG"),
        (1, 0x300_0000, 0x310_2FFF)
    );
    assert_eq!(words(&mut rig, "ONE", &all), [None; 8]);
    for user in ["ONE", "TWO"] {
        assert_eq!(
            diag(&mut rig, user, 0x00, "seg"),
            (0, 0x300_0000, 0x310_2FFF)
        );
        assert_eq!(
            words(&mut rig, user, &all),
            [0x3000, 0, 0x3002, 0, 0x3100, 0x3101, 0, 0].map(Some)
        );
    }
    assert_eq!(diag(&mut rig, "ONE", 0x2C, "SEG").0, 0);
    // Between and behind the segments is nothing.
    assert_eq!(
        words(&mut rig, "ONE", &[0x1000, 0x2FFF, 0x3200, 0x7FEFF]),
        [None; 4]
    );
    // What cannot be stored into: SR, the rest of the shared segment, ER.
    for (page, stored) in [
        (0x3000, true),
        (0x3001, true),
        (0x3002, false),
        (0x3003, false),
        (0x3100, true),
        (0x3101, false),
        (0x3102, true),
        (0x3103, true),
        (0x3200, false),
    ] {
        let rc = rig.rc("ONE", &format!("ST U{page:X}000 99"));
        assert_eq!(rc == 0, stored, "{page:X}: {rc}");
    }
    assert_eq!(
        words(&mut rig, "TWO", &all),
        [0x99, 0x99, 0x3002, 0, 0x3100, 0x3101, 0, 0].map(Some)
    );
    assert!(
        rig.types("MAKER", &["q nss users seg"])
            .ends_with("     ONE\n     TWO\n")
    );
    // It goes, and comes back as the others have it, and as it was saved where it is one's own.
    assert_eq!(diag(&mut rig, "ONE", 0x08, "SEG").0, 0);
    assert_eq!(words(&mut rig, "ONE", &all), [None; 8]);
    assert_eq!(diag(&mut rig, "ONE", 0x08, "SEG").0, 1);
    assert_eq!(diag(&mut rig, "ONE", 0x20, "SEG").0, 0);
    assert_eq!(
        words(&mut rig, "ONE", &all),
        [0x99, 0x99, 0x3002, 0, 0x3100, 0x3101, 0, 0].map(Some)
    );
    // When nobody has it any more it is as it was saved.
    for user in ["ONE", "TWO"] {
        assert_eq!(diag(&mut rig, user, 0x08, "SEG").0, 0);
    }
    diag(&mut rig, "TWO", 0x00, "SEG");
    assert_eq!(words(&mut rig, "TWO", &all[..2]), [Some(0x3000), Some(0)]);
    assert_eq!(diag(&mut rig, "ONE", 0x00, "NONE"), (2, 0x2000, 44));
    assert_eq!(diag(&mut rig, "ONE", 0x08, "NONE"), (2, 0x2000, 44));
    assert_eq!(diag(&mut rig, "ONE", 0x0C, "NONE"), (2, 0x2000, 44));
}

#[test]
fn the_extended_function_tells_of_the_ranges() {
    let mut rig = saved(DEFINE);
    let list = |length: u16| {
        let mut list = vec![0x0C, 0, 0, 0, 0, 0, 0, 0];
        list.extend(host_to_ebcdic(b"SEG     "));
        list.extend(0x5000u32.to_be_bytes());
        list.extend(length.to_be_bytes());
        list
    };
    store(&mut rig, "ONE", 0x3000, &list(24 + 4 * 16));
    assert_eq!(diagnose(&mut rig, "ONE", 0x38, 0x3000).0, 1);
    let guest = rig.system.guests.get_mut(b"ONE").unwrap();
    let block = guest
        .hardware
        .read(Address::Absolute, 0x5000, 24 + 5 * 16)
        .unwrap();
    let longs: Vec<u64> = block
        .chunks(8)
        .map(|c| u64::from_be_bytes(c.try_into().unwrap()))
        .collect();
    assert_eq!(longs[..3], [0x300_0000, 0x310_2FFF, 6 << 32 | 4]);
    let types: Vec<u64> = longs[3..].chunks(2).map(|r| r[0]).collect();
    assert_eq!(types, [0x300_0000, 0x300_1004, 0x300_2002, 0x310_0001, 0]);
    assert_eq!(longs[4] >> 12, 0x3000);
    // The form of 31 bits.
    store(&mut rig, "ONE", 0x3000, &list(16 + 6 * 8));
    diag(&mut rig, "ONE", 0x00, "SEG");
    assert_eq!(diagnose(&mut rig, "ONE", 0x18, 0x3000).0, 0);
    assert_eq!(words(&mut rig, "ONE", &[5]), [Some(0x300_0000)]);
    let guest = rig.system.guests.get_mut(b"ONE").unwrap();
    let block = guest.hardware.read(Address::Absolute, 0x5008, 56).unwrap();
    let last = u32::from_be_bytes(block[48..52].try_into().unwrap());
    assert_eq!((block[3], block[7], last), (6, 6, 0x310_2005));
}

#[test]
fn a_copy_of_ones_own_is_for_those_who_may_have_it() {
    let mut rig = saved(DEFINE);
    // ONE can have no storage where the segment is, and no NAMESAVE.
    assert_eq!(diag(&mut rig, "ONE", 0x24, "SEG"), (2, 0x2000, 449));
    diag(&mut rig, "ONE", 0x00, "SEG");
    assert_eq!(diag(&mut rig, "TWO", 0x24, "SEG").0, 0);
    for page in [0x3000, 0x3001, 0x3002, 0x3101] {
        assert_eq!(rig.rc("TWO", &format!("ST U{page:X}000 77")), 0);
    }
    let pages = [0x3000, 0x3001, 0x3002, 0x3101];
    assert_eq!(words(&mut rig, "TWO", &pages), [Some(0x77); 4]);
    assert_eq!(
        words(&mut rig, "ONE", &pages),
        [0x3000, 0, 0x3002, 0x3101].map(Some)
    );
    let mut rig = saved(&format!("{DEFINE} loadnshr"));
    assert_eq!(diag(&mut rig, "ONE", 0x04, "SEG").0, 0);
    // RSTD is for those with NAMESAVE.
    assert_eq!(rig.rc("MAKER", "DEFSEG LOCKED 3200-3200 EW RSTD"), 0);
    assert_eq!(rig.rc("MAKER", "SAVESEG LOCKED"), 0);
    assert_eq!(diag(&mut rig, "ONE", 0x00, "LOCKED"), (2, 0x2000, 449));
    assert_eq!(diag(&mut rig, "TWO", 0x00, "LOCKED").0, 0);
    // What CP writes nobody has alone.
    assert_eq!(rig.rc("MAKER", "DEFSEG WRITTEN 3300-3300 SC"), 0);
    assert_eq!(rig.rc("MAKER", "SAVESEG WRITTEN"), 0);
    assert_eq!(diag(&mut rig, "MAKER", 0x04, "WRITTEN"), (2, 0x2000, 449));
}

#[test]
fn in_storage_a_segment_takes_the_place_of_what_was_there() {
    let mut rig = saved("defseg seg 3000-3000 sr 3100-3100 ew");
    rig.rc("MAKER", "ST U3000000 11 22");
    // LOADNOLY lays it on nothing.
    assert_eq!(diag(&mut rig, "MAKER", 0x10, "SEG"), (2, 0x2000, 36));
    assert_eq!(diag(&mut rig, "ONE", 0x10, "SEG").0, 0);
    assert_eq!(diag(&mut rig, "ONE", 0x10, "SEG"), (2, 0x2000, 36));
    assert_eq!(diag(&mut rig, "MAKER", 0x00, "SEG").0, 1);
    assert_eq!(
        words(&mut rig, "MAKER", &[0x3000, 0x3100]),
        [Some(0x3000), Some(0x3100)]
    );
    assert_ne!(rig.rc("MAKER", "ST U3000000 12"), 0);
    assert_eq!(diag(&mut rig, "MAKER", 0x08, "SEG").0, 0);
    assert_eq!(words(&mut rig, "MAKER", &[0x3000, 0x3100]), [Some(0); 2]);
    assert_eq!(rig.rc("MAKER", "ST U3000000 12"), 0);
    // Another one in the way is purged.
    assert_eq!(rig.rc("MAKER", "DEFSEG OVER 30FF-3100 EW"), 0);
    assert_eq!(rig.rc("MAKER", "SAVESEG OVER"), 0);
    diag(&mut rig, "ONE", 0x00, "SEG");
    assert_eq!(diag(&mut rig, "ONE", 0x00, "OVER").0, 0);
    assert_eq!(diag(&mut rig, "ONE", 0x0C, "SEG").0, 1);
    assert_eq!(words(&mut rig, "ONE", &[0x3100]), [Some(0)]);
    // At the border of storage, and at its first page, with interruptions going on.
    rig.rc("MAKER", "DEFINE STORAGE 64M");
    for define in ["DEFSEG EDGE FF0-100F EW", "DEFSEG LOW 0-FF SR"] {
        assert_eq!(rig.rc("MAKER", define), 0);
    }
    assert_eq!(
        (
            rig.rc("MAKER", "SAVESEG EDGE"),
            rig.rc("MAKER", "SAVESEG LOW")
        ),
        (0, 0)
    );
    assert_eq!(
        diag(&mut rig, "ONE", 0x00, "EDGE"),
        (1, 0xFF_0000, 0x100_FFFF)
    );
    assert_eq!(rig.rc("ONE", "ST UFFFFFC 1 2"), 0);
    assert_eq!(words(&mut rig, "ONE", &[0x1000, 0x1100]), [Some(2), None]);
    assert_eq!(diag(&mut rig, "ONE", 0x08, "EDGE").0, 0);
    assert_eq!(words(&mut rig, "ONE", &[0xFFF, 0x1000]), [Some(0), None]);
    assert_eq!(diag(&mut rig, "ONE", 0x00, "LOW").0, 1);
    let out = rig.types("ONE", &["st psw 00080000 80000100", "begin"]);
    assert!(
        out.contains("HCPGIR451W") || out.contains("HCPGIR453W"),
        "{out}"
    );
}

#[test]
fn a_reset_purges_segments() {
    let mut rig = saved(DEFINE);
    for command in [
        "SYSTEM CLEAR",
        "SYSTEM RESET",
        "IPL 200",
        "DEFINE STORAGE 16M",
        "LOGOFF",
    ] {
        assert_eq!(diag(&mut rig, "ONE", 0x00, "SEG").0, 0, "{command}");
        assert!(rig.types("MAKER", &["q nss map"]).contains("A  00001"));
        assert_eq!(rig.rc("ONE", command), 0);
        assert!(
            rig.types("MAKER", &["q nss map"]).contains("A  00000"),
            "{command}"
        );
        if command != "LOGOFF" {
            assert_eq!(words(&mut rig, "ONE", &[0x3000]), [None], "{command}");
        }
    }
}

#[test]
fn members_come_with_their_space() {
    let mut rig = rig();
    let run = |rig: &mut Rig, lines: &[&str]| {
        for line in lines {
            assert_eq!(rig.rc("MAKER", line), 0, "{line}");
        }
    };
    run(
        &mut rig,
        &["ST U3000000 11", "ST U3010000 22", "ST U3200000 33"],
    );
    run(
        &mut rig,
        &[
            "DEFSEG M1 3000-300F SR SPACE ALL",
            "DEFSEG M2 3010-301F SW SPACE ALL",
        ],
    );
    run(
        &mut rig,
        &[
            "DEFSEG M3 3200-3200 EW SPACE ALL",
            "SAVESEG M1",
            "SAVESEG M2",
        ],
    );
    // Not before the last one is saved.
    assert_eq!(diag(&mut rig, "ONE", 0x00, "M1"), (2, 0x2000, 44));
    assert_eq!(diag(&mut rig, "ONE", 0x0C, "ALL"), (2, 0x2000, 44));
    run(&mut rig, &["SAVESEG M3"]);
    assert_eq!(
        diag(&mut rig, "ONE", 0x0C, "ALL"),
        (1, 0x300_0000, 0x32F_FFFF)
    );
    assert_eq!(
        diag(&mut rig, "ONE", 0x00, "M2"),
        (0, 0x301_0000, 0x301_FFFF)
    );
    let pages = [0x3000, 0x3010, 0x3020, 0x3200, 0x3201];
    let all = [0x11, 0x22, 0, 0x33, 0].map(Some);
    assert_eq!(words(&mut rig, "ONE", &pages), all);
    rig.rc("ONE", "ST U3200000 44");
    // Another member is there already; the space stays until both are purged.
    assert_eq!(
        diag(&mut rig, "ONE", 0x00, "M3"),
        (0, 0x320_0000, 0x320_0FFF)
    );
    assert_eq!(words(&mut rig, "ONE", &[0x3200]), [Some(0x44)]);
    assert_eq!(diag(&mut rig, "ONE", 0x08, "M2").0, 0);
    assert_eq!(words(&mut rig, "ONE", &[0x3010]), [Some(0x22)]);
    assert_eq!(diag(&mut rig, "ONE", 0x08, "M3").0, 0);
    assert_eq!(words(&mut rig, "ONE", &pages), [None; 5]);
    diag(&mut rig, "ONE", 0x00, "M1");
    assert_eq!(diag(&mut rig, "ONE", 0x08, "ALL").0, 0);
    assert_eq!(words(&mut rig, "ONE", &pages), [None; 5]);
    // A member more: the space as it was is there until that is saved.
    run(&mut rig, &["DEFSEG M4 3300-3300 EN SPACE ALL"]);
    assert_eq!(
        diag(&mut rig, "ONE", 0x20, "ALL"),
        (0, 0x300_0000, 0x32F_FFFF)
    );
    run(&mut rig, &["SAVESEG M4"]);
    assert_eq!(
        diag(&mut rig, "TWO", 0x00, "ALL"),
        (0, 0x300_0000, 0x33F_FFFF)
    );
    let out = rig.types("MAKER", &["q nss name all map"]);
    assert!(
        out.contains("--  A  00001") && out.contains("--  P  00001"),
        "{out}"
    );
    // In a second space as well, from where it can be had when the first is gone.
    run(
        &mut rig,
        &["DEFSEG M1 SAMERANGE SPACE OTHER", "PURGE NSS NAME ALL"],
    );
    assert_eq!(diag(&mut rig, "ONE", 0x08, "ALL").0, 0);
    assert_eq!(diag(&mut rig, "ONE", 0x00, "M2"), (2, 0x2000, 44));
    assert_eq!(diag(&mut rig, "ONE", 0x00, "M1").0, 0);
    assert_eq!(
        words(&mut rig, "ONE", &pages),
        [Some(0x11), Some(0), Some(0), None, None]
    );
    // A space goes with its last member.
    run(&mut rig, &["PURGE NSS NAME M1"]);
    assert!(!rig.types("MAKER", &["q nss name other"]).contains(" A "));
    assert_eq!(words(&mut rig, "ONE", &[0x3000]), [Some(0x11)]);
}

#[test]
fn a_replaced_segment_stays_with_those_who_have_it() {
    let mut rig = saved(DEFINE);
    diag(&mut rig, "ONE", 0x00, "SEG");
    rig.rc("MAKER", "ST U3000000 55");
    assert_eq!(rig.rc("MAKER", "DEFSEG SEG 3000-3000 SW"), 0);
    assert_eq!(rig.rc("MAKER", "SAVESEG SEG"), 0);
    diag(&mut rig, "TWO", 0x00, "SEG");
    assert_eq!(words(&mut rig, "ONE", &[0x3000]), [Some(0x3000)]);
    assert_eq!(words(&mut rig, "TWO", &[0x3000]), [Some(0x55)]);
    let out = rig.types("MAKER", &["q nss"]);
    assert!(
        out.contains("NSS  P  ") && out.contains("NSS  A  "),
        "{out}"
    );
    // It finds and purges what it has.
    assert_eq!(
        diag(&mut rig, "ONE", 0x0C, "SEG"),
        (0, 0x300_0000, 0x310_2FFF)
    );
    assert_eq!(rig.rc("MAKER", "PURGE NSS NAME SEG"), 0);
    assert_eq!(diag(&mut rig, "ONE", 0x08, "SEG").0, 0);
    assert_eq!(diag(&mut rig, "ONE", 0x0C, "SEG"), (2, 0x2000, 44));
    assert_eq!(words(&mut rig, "TWO", &[0x3000]), [Some(0x55)]);
    rig.rc("TWO", "LOGOFF");
    rig.rc("MAKER", "DEFSEG X 0-0 EW");
    assert!(!rig.types("MAKER", &["q nss"]).contains("SEG "));
}

#[test]
fn another_process_finds_the_segments_and_a_kill_in_between_leaves_the_old_or_the_new_one() {
    let mut rig = saved(DEFINE);
    assert_eq!(rig.rc("MAKER", "DEFSEG M 3300-3300 SR SPACE S"), 0);
    assert_eq!(rig.rc("MAKER", "SAVESEG M"), 0);
    let folder = rig.folder;
    drop(rig.system);
    let saved = folder.path().join("saved");
    // Killed between the member and its space; while a space and its member were being defined; while it wrote.
    std::fs::rename(saved.join("S.0002.A.DCSS-S"), saved.join("S.0002.S.DCSS-S")).unwrap();
    std::fs::copy(saved.join("S.0002.S.DCSS-S"), saved.join("T.0009.S.DCSS-S")).unwrap();
    std::fs::remove_file(saved.join("M.0003.A.DCSS-M")).unwrap_or(());
    std::fs::write(saved.join(".new.1"), b"VMSH").unwrap();
    let mut rig = Rig {
        system: Rig::open(folder.path()),
        folder,
    }
    .on("MAKER")
    .on("ONE");
    assert_eq!(diag(&mut rig, "ONE", 0x00, "SEG").0, 0);
    assert_eq!(diag(&mut rig, "ONE", 0x00, "M"), (2, 0x2000, 44));
    assert_eq!(rig.rc("MAKER", "DEFSEG M 3300-3300 SR SPACE S"), 0);
    assert_eq!(rig.rc("MAKER", "SAVESEG M"), 0);
    assert_eq!(diag(&mut rig, "ONE", 0x00, "S").0, 0);
    let out = rig.types("MAKER", &["q nss map"]);
    assert!(!out.contains(" T "), "{out}");
}

#[test]
fn a_damaged_file_is_refused_and_a_damaged_page_stops_the_machine_that_touches_it() {
    let mut rig = saved(DEFINE);
    let path = file(&rig, "SEG.0001.A.DCSS");
    let good = std::fs::read(&path).unwrap();
    for (at, what) in [
        (100, "the header (checksum)"),
        (good.len() - 4 * 4096, "page 03000"),
    ] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(diag(&mut rig, "ONE", 0x00, "SEG"), (2, 0x2000, 177));
        let out = rig.out("ONE");
        let says = format!("SEG.0001.A.DCSS: {what} is damaged");
        assert!(
            out.starts_with("HCPNSL444E Saved segment SEG") && out.contains(&says),
            "{out}"
        );
        assert_eq!(words(&mut rig, "ONE", &[0x3000, 0x3100]), [None; 2]);
    }
    // Pages that are not common are looked at when they are touched: the read-only one is fetched from.
    let mut bad = good.clone();
    bad[good.len() - 3 * 4096 + 5] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    assert_eq!(diag(&mut rig, "ONE", 0x00, "SEG").0, 0);
    assert_eq!(
        words(&mut rig, "ONE", &[0x3000, 0x3002]),
        [Some(0x3000), None]
    );
    // L 5,0(6)
    store(&mut rig, "ONE", 0x1000, &[0x58, 0x50, 0x60, 0]);
    let out = rig.types(
        "ONE",
        &["st g6 03002000", "st psw 00080000 80001000", "begin"],
    );
    assert!(
        out.contains("HCPGIR454E CP entered; page 03002 of saved system file ")
            && out.contains("SEG.0001.A.DCSS is damaged"),
        "{out}"
    );
}

#[test]
fn a_segment_is_shown_and_dumped_with_the_machine() {
    let mut rig = saved(DEFINE);
    diag(&mut rig, "ONE", 0x00, "SEG");
    assert_eq!(
        rig.types("ONE", &["d u3002000", "d u3200000"]),
        "U03002000  00003002\nU03200000  addressing exception\n"
    );
    let pages = |rig: &mut Rig, ranges: &[(u64, u64)]| {
        let about = super::vmdump::About {
            system: b"VMSHARE",
            user: b"ONE",
            format: b"",
            dumpid: b"",
            date: *b"083113",
            time: *b"2242",
            ranges,
        };
        let guest = rig.system.guests.get_mut(b"ONE").unwrap();
        let records = super::vmdump::records(&mut guest.hardware.machine, &about).unwrap();
        let is = |n: u32| records.iter().filter(|r| r[..4] == n.to_be_bytes()).count();
        [0x3000, 0x3002, 0x3101].map(is)
    };
    assert_eq!(pages(&mut rig, &[(0, 0xFF_FFFF)]), [0; 3]);
    assert_eq!(
        pages(&mut rig, &[(0, 0xFF_FFFF), (0x300_0000, 0x31F_FFFF)]),
        [1; 3]
    );
    assert_eq!(rig.rc("ONE", "VMDUMP DSS"), 0);
}

/// The segments of the model: what they are, and the megabytes in which they lie.
const MODEL: [(&str, &str, &[u64]); 5] = [
    ("A", "3000-31FF EW", &[0x30, 0x31]),
    ("B", "3100-32FF SR", &[0x31, 0x32]),
    ("C", "FF0-100F EW", &[0x0F, 0x10]),
    ("D", "3080-3080 ER 3300-3300 EN", &[0x30, 0x33]),
    ("E", "F80-F80 SW", &[0x0F]),
];
const LOOKED_AT: [u64; 9] = [
    0xF80, 0xFF0, 0x1000, 0x2F00, 0x3000, 0x3080, 0x3100, 0x3200, 0x3300,
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    /// Whatever is loaded and purged, each page is what it would be in a model, or not there.
    #[test]
    fn any_order_of_loading_and_purging_leaves_storage_as_it_should_be(
        steps in proptest::collection::vec((0..3u8, 0..5usize, 0..9usize), 1..30),
    ) {
        let mut rig = rig();
        for page in LOOKED_AT.iter().filter(|p| **p != 0x2F00) {
            rig.rc("MAKER", &format!("ST U{page:X}000 {page:X}"));
        }
        let saved = |name: &str, page: u64| match name {
            "A" => page == 0x3000 || page == 0x3100 || page == 0x3080,
            "B" => page == 0x3100 || page == 0x3200,
            "C" => page == 0xFF0 || page == 0x1000,
            "D" => page == 0x3080,
            _ => page == 0xF80,
        };
        for (name, ranges, _) in MODEL {
            proptest::prop_assert_eq!(rig.rc("MAKER", &format!("DEFSEG {name} {ranges}")), 0);
            proptest::prop_assert_eq!(rig.rc("MAKER", &format!("SAVESEG {name}")), 0);
        }
        let outside = |page: u64| if page < 0x1000 { Some(0) } else { None };
        let mut memory = LOOKED_AT.map(outside);
        let mut loaded: Vec<usize> = Vec::new();
        for (what, which, place) in steps {
            let (name, _, blocks) = MODEL[which];
            let mut gone = Vec::new();
            match what {
                0 => {
                    let meets = |o: &usize| MODEL[*o].2.iter().any(|b| blocks.contains(b));
                    gone = loaded.iter().copied().filter(meets).collect();
                    diag(&mut rig, "ONE", 0x00, name);
                }
                1 => {
                    let there = loaded.contains(&which);
                    gone.extend(there.then_some(which));
                    let purged = diag(&mut rig, "ONE", 0x08, name).0;
                    proptest::prop_assert_eq!(purged, u8::from(!there));
                }
                _ => {
                    let page = LOOKED_AT[place];
                    let in_it = |o: &&usize| MODEL[**o].2.contains(&(page >> 8));
                    let here = loaded.iter().find(in_it).map(|o| MODEL[*o].0);
                    let own = match here {
                        None => page < 0x1000,
                        Some("A" | "C") => true,
                        Some("D") => page != 0x3080,
                        Some("E") => page == 0xF80,
                        Some(_) => false,
                    };
                    let rc = rig.rc("ONE", &format!("ST U{page:X}000 {which}"));
                    proptest::prop_assert_eq!(rc == 0, own, "{:X}", page);
                    if own {
                        memory[place] = Some(u32::try_from(which).unwrap());
                    }
                }
            }
            // What others may have too is as it is while somebody has it.
            let common = gone.contains(&4).then_some(memory[0]);
            for o in &gone {
                for (page, value) in LOOKED_AT.iter().zip(&mut memory) {
                    if MODEL[*o].2.contains(&(page >> 8)) {
                        *value = outside(*page);
                    }
                }
            }
            loaded.retain(|o| !gone.contains(o));
            if what == 0 {
                loaded.push(which);
                for (page, value) in LOOKED_AT.iter().zip(&mut memory) {
                    if blocks.contains(&(page >> 8)) {
                        let kept = saved(name, *page);
                        *value = Some(if kept { u32::try_from(*page).unwrap() } else { 0 });
                    }
                }
            }
            if let (0, 4, Some(common)) = (what, which, common) {
                memory[0] = common;
            }
            proptest::prop_assert_eq!(words(&mut rig, "ONE", &LOOKED_AT), memory, "{} {}", what, name);
        }
    }
}

/// LOADSHR and FINDSEG as a program issues them, a fetch and a store beyond storage, and code there that another
/// machine changes.
#[test]
fn a_program_loads_a_segment_and_runs_what_others_put_there() {
    let mut rig = saved(DEFINE);
    let program: &[&[u8]] = &[
        &[0x83, 0x12, 0x00, 0x64], // DIAG 1,2,X'64'
        &[0x58, 0x30, 0x10, 0x00], // L    3,0(,1)
        &[0x50, 0x30, 0x10, 0x04], // ST   3,4(,1)
        &[0x41, 0xF0, 0x11, 0x00], // LA   15,256(,1)
        &[0x05, 0xEF],             // BALR 14,15
        &[0x82, 0x00, 0x0F, 0x00], // LPSW X'F00'
    ];
    let wait = [0x00, 0x0A, 0, 0, 0x80, 0, 0, 0x66];
    let psw = "st psw 00080000 80001000";
    for user in ["ONE", "TWO"] {
        store(&mut rig, user, 0x1000, &program.concat());
        store(&mut rig, user, 0xF00, &wait);
        store(&mut rig, user, 0x2000, &host_to_ebcdic(b"SEG     "));
    }
    diag(&mut rig, "TWO", 0x00, "SEG");
    for value in [1u8, 2, 3] {
        // LHI 5,value; BR 14
        store(
            &mut rig,
            "TWO",
            0x300_0100,
            &[0xA7, 0x58, 0, value, 0x07, 0xFE],
        );
        let out = rig.types("ONE", &["st g1 2000 0", psw, "begin", "d g1.5"]);
        assert!(
            out.contains("HCPGIR450W CP entered; disabled wait PSW 000A0000 80000066"),
            "{out}"
        );
        let gprs = "GPR  1 =  03000000  03102FFF  00003000  ";
        assert!(
            out.contains(gprs) && out.contains(&format!("0000000{value}\n")),
            "{out}"
        );
    }
    let guest = rig.system.guests.get_mut(b"TWO").unwrap();
    let word = guest
        .hardware
        .read(Address::Absolute, 0x300_0004, 4)
        .unwrap();
    assert_eq!(word, [0, 0, 0x30, 0]);
    // A store into the read-only page is a protection exception, one into a hole an addressing exception.
    for (at, code) in [("03002000", 4), ("03200000", 5)] {
        store(&mut rig, "ONE", 0x1000, &[0x50, 0x30, 0x60, 0]);
        let address = format!("st g6 {at}");
        let trap = format!("trace prog {code}");
        let out = rig.types(
            "ONE",
            &[
                &trap,
                &address,
                "st u68 000a0000 80000077",
                psw,
                "begin",
                "trace end",
            ],
        );
        assert!(out.contains(&format!("*** PROG 000{code}")), "{out}");
        rig.types("ONE", &["begin"]);
    }
    // An unknown function, a name that is not on a doubleword.
    for (subcode, at) in [(0x40, 0x2000), (0x14, 0x2000), (0x00, 0x2004)] {
        diagnose(&mut rig, "TWO", subcode, at);
        let guest = rig.system.guests.get_mut(b"TWO").unwrap();
        let code = guest.hardware.read(Address::Absolute, 0x8E, 2).unwrap();
        assert_eq!(code, [0, 6], "{subcode:X} {at:X}");
        store(&mut rig, "TWO", 0x8E, &[0, 0]);
    }
}
