//! Console transcripts of the spool commands: several users, queues, holds, open files.

use crate::base::codepage::host_to_ebcdic;
use crate::cp::LogonHow;
use crate::cp::tests::Rig;
use crate::device::CardRead;

const DIRECTORY: &str = "\
USER ANN NOPASS 4M 4M G
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER *
 SPOOL 000D 2540 PUNCH A
 SPOOL 000E 1403 A
USER BEN NOPASS 4M 4M G
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER A
 SPOOL 000D 2540 PUNCH A
USER OPER NOPASS 4M 4M DG
 CONSOLE 0009 3215
";

fn rig() -> Rig {
    Rig::with(DIRECTORY).on("ANN").on("BEN").on("OPER")
}

impl Rig {
    fn punch(&mut self, user: &str, vdev: u16, text: &str) {
        let guest = self.system.guests.get_mut(user.as_bytes()).unwrap();
        let data = host_to_ebcdic(text.as_bytes());
        assert!(guest.hardware.write_unit(vdev, 0x09, &data));
    }

    fn read(&mut self, user: &str) -> String {
        let guest = self.system.guests.get_mut(user.as_bytes()).unwrap();
        match guest.hardware.read_unit(0xC).unwrap() {
            CardRead::Card(card) => {
                let text = crate::base::codepage::ebcdic_to_host(&card);
                String::from_utf8(text).unwrap().trim_end().to_string()
            }
            CardRead::EndOfFile => "EOF".into(),
            CardRead::Empty => "EMPTY".into(),
        }
    }

    fn says(&mut self, user: &str, command: &str) -> String {
        let reply = self.system.command(user.as_bytes(), command.as_bytes());
        let lines: Vec<_> = reply
            .response
            .iter()
            .map(|l| String::from_utf8_lossy(l))
            .collect();
        lines.join("\n")
    }
}

#[test]
fn both_ends_are_told_of_a_file_and_it_is_read_once() {
    let mut rig = rig();
    assert_eq!(rig.read("BEN"), "EMPTY");
    rig.punch("ANN", 0xD, "hello");
    assert_eq!(
        rig.says("ANN", "CLOSE PUNCH TO BEN NAME hello deck"),
        "PUN FILE 0001 SENT TO   BEN      RDR AS  0001 RECS 0001 CPY  001 A NOHOLD NOKEEP"
    );
    assert_eq!(
        rig.out("BEN"),
        "RDR FILE 0001 SENT FROM ANN      PUN WAS 0001 RECS 0001 CPY  001 A NOHOLD NOKEEP\n"
    );
    // vmur finds class, hold, name and type at these places of the whole response.
    let listed = rig.says("BEN", "QUERY RDR * 1 ALL SHORTDATE");
    assert_eq!(
        (
            &listed[91..92],
            &listed[110..114],
            &listed[130..138],
            &listed[140..148]
        ),
        ("A", "NONE", "HELLO   ", "DECK    "),
        "{listed}"
    );
    assert_eq!(
        (rig.read("BEN"), rig.read("BEN"), rig.read("BEN")),
        ("hello".into(), "EOF".into(), "EMPTY".into())
    );
    assert_eq!(rig.says("BEN", "QUERY RDR ALL"), "NO RDR FILES");
}

#[test]
fn class_hold_and_order_decide_what_is_read() {
    let mut rig = rig();
    for (text, options) in [
        ("b", "CLASS B"),
        ("held", "CLASS A HOLD"),
        ("one", "NOHOLD"),
        ("two", ""),
    ] {
        rig.punch("ANN", 0xD, text);
        rig.says("ANN", &format!("SPOOL 00D {options} TO BEN CLOSE"));
    }
    rig.out("BEN");
    assert_eq!(rig.says("BEN", "ORDER * READER 4"), "0000001 FILE  ORDERED");
    let next = |rig: &mut Rig| (rig.read("BEN"), rig.read("BEN")).0;
    assert_eq!(next(&mut rig), "two");
    assert_eq!(next(&mut rig), "one");
    assert_eq!(next(&mut rig), "EMPTY");
    assert_eq!(
        rig.says("BEN", "CHANGE RDR 2 NOHOLD KEEP"),
        "0000001 FILE  CHANGED"
    );
    assert_eq!(next(&mut rig), "held");
    // A kept file stays, held.
    assert_eq!(next(&mut rig), "EMPTY");
    assert!(rig.says("BEN", "QUERY RDR 2").contains("00000001 001 USER"));
    assert_eq!(rig.rc("BEN", "SPOOL RDR CLASS B HOLD"), 0);
    assert_eq!((next(&mut rig), next(&mut rig)), ("b".into(), "b".into()));
    assert_eq!(rig.rc("BEN", "SPOOL RDR CLASS * CONT NOHOLD"), 0);
    assert_eq!(rig.rc("BEN", "CHANGE RDR ALL NOHOLD NOKEEP"), 0);
    let all: Vec<String> = (0..4).map(|_| rig.read("BEN")).collect();
    assert_eq!(all, ["b", "held", "EOF", "EMPTY"]);
}

#[test]
fn an_open_file_is_shown_closed_purged_and_continued() {
    let mut rig = rig();
    rig.punch("ANN", 0xE, "line");
    assert_eq!(
        rig.says("ANN", "QUERY PRT ALL"),
        "ORIGINID FILE CLASS RECORDS  CPY HOLD DATE  TIME     NAME      TYPE     DIST\n\
         ANN      0001 A PRT 00000001 001 NONE OPEN- 000E                        ANN"
    );
    assert!(
        rig.says("ANN", "QUERY VIRTUAL 00E")
            .contains("1403 NOEOF OPEN 0001  NOKEEP NOMSG NONAME")
    );
    assert_eq!(rig.rc("ANN", "SPOOL PRT CONT"), 0);
    assert_eq!(rig.says("ANN", "CLOSE PRT"), "");
    assert_eq!(
        rig.says("ANN", "QUERY FILES"),
        "FILES:   NO RDR, 0001 PRT,   NO PUN"
    );
    assert_eq!(
        rig.says("ANN", "CLOSE PRT EOF"),
        "PRT FILE 0001 SENT FROM ANN      PRT WAS 0001 RECS 0001 CPY  001 A NOHOLD NOKEEP"
    );
    rig.punch("ANN", 0xE, "gone");
    assert_eq!(rig.says("ANN", "CLOSE PRT PURGE"), "");
    assert_eq!(
        rig.says("ANN", "PURGE PRT 1 2"),
        "0000001 FILE  PURGED\nHCPCSU042E Spool file 0002 does not exist"
    );
    assert_eq!(rig.says("ANN", "PURGE ALL"), "NO FILES PURGED");
}

#[test]
fn logoff_and_reset_close_what_is_open() {
    let mut rig = rig();
    rig.punch("ANN", 0xD, "a");
    rig.says("ANN", "SPOOL PUNCH TO BEN");
    assert!(
        rig.types("ANN", &["system reset"])
            .contains("PUN FILE 0001 SENT TO   BEN")
    );
    assert_eq!(rig.read("BEN"), "a");
    // Half read: it stays, whole.
    assert!(rig.says("BEN", "QUERY RDR ALL").contains("OPEN- 000C"));
    assert_eq!(rig.says("BEN", "PURGE RDR ALL"), "NO FILES PURGED");
    rig.types("BEN", &["system clear"]);
    assert_eq!(rig.read("BEN"), "a");
    assert_eq!(rig.says("BEN", "CLOSE RDR HOLD"), "");
    assert_eq!(rig.read("BEN"), "a");
    assert_eq!(rig.says("BEN", "CLOSE RDR"), "");
    assert_eq!(rig.says("BEN", "QUERY RDR"), "NO RDR FILES");
    rig.punch("ANN", 0xD, "b");
    rig.types("ANN", &["logoff"]);
    assert_eq!(rig.read("BEN"), "b");
    rig.punch("BEN", 0xD, "c");
    drop(std::mem::replace(
        &mut rig.system,
        Rig::open(rig.folder.path()),
    ));
    rig.system.logon(b"BEN", LogonHow::TerminalNoIpl).unwrap();
    assert!(
        rig.out("BEN")
            .contains("FILES: 0001 RDR,   NO PRT, 0001 PUN")
    );
}

#[test]
fn the_operator_has_all_files_and_a_sender_takes_back_the_own_ones() {
    let mut rig = rig();
    for _ in 0..2 {
        rig.punch("ANN", 0xD, "x");
        rig.says("ANN", "CLOSE PUNCH TO BEN");
    }
    rig.out("BEN");
    assert_eq!(
        rig.says("OPER", "QUERY RDR"),
        "OWNERID  FILE CLASS RECORDS  CPY HOLD FORM     DEST     KEEP MSG\n\
         BEN      0001 A PUN 00000001 001 NONE STANDARD OFF      OFF  OFF\n\
         BEN      0002 A PUN 00000001 001 NONE STANDARD OFF      OFF  OFF"
    );
    assert_eq!(
        rig.says("OPER", "CHANGE BEN RDR 1 SYSHOLD"),
        "0000001 FILE  CHANGED"
    );
    assert_eq!(rig.rc("BEN", "CHANGE RDR 1 SYSHOLD"), 3);
    assert_eq!(
        rig.says("BEN", "CHANGE RDR 1 NOHOLD"),
        "0000001 FILE  CHANGED"
    );
    assert!(rig.says("BEN", "QUERY RDR 1").contains(" SYS "));
    assert_eq!(
        rig.says("ANN", "TRANSFER RDR 2 FROM BEN PUN"),
        "PUN FILE 0002 SENT FROM BEN      RDR WAS 0002 RECS 0001 CPY  001 A NOHOLD NOKEEP\n\
         0000001 FILE  TRANSFERRED"
    );
    assert_eq!(
        rig.out("BEN"),
        "RDR FILE 0002 SENT TO   ANN      PUN AS  0002 RECS 0001 CPY  001 A NOHOLD NOKEEP\n"
    );
    assert_eq!(
        rig.says("BEN", "TRANSFER PUN ALL FROM ANN"),
        "NO FILES TRANSFERRED"
    );
    assert_eq!(
        rig.says("OPER", "PURGE SYSTEM RDR ALL"),
        "0000001 FILE  PURGED"
    );
    assert_eq!(rig.says("OPER", "PURGE RDR ALL"), "NO FILES PURGED");
}

#[test]
fn tags_and_consoles() {
    let mut rig = rig();
    rig.says("ANN", "TAG DEV PUN NODE1 USER1 50");
    assert_eq!(rig.says("ANN", "TAG QUERY DEV 00D"), "NODE1 USER1 50");
    rig.punch("ANN", 0xD, "x");
    rig.says("ANN", "CLOSE PUN TO BEN");
    rig.out("BEN");
    assert_eq!(rig.says("BEN", "TAG QUERY FILE 1"), "NODE1 USER1 50");
    assert_eq!(rig.rc("BEN", "TAG FILE 1 other"), 0);
    assert_eq!(rig.says("BEN", "TAG QUERY FILE 0001"), "other");
    rig.types("BEN", &["spool console start to *"]);
    rig.types("BEN", &["query userid"]);
    let closed = rig.types("BEN", &["spool console stop close"]);
    assert!(
        closed.contains("RDR FILE 0002 SENT FROM BEN      CON WAS 0002 RECS"),
        "{closed}"
    );
    assert_eq!(rig.rc("BEN", "SPOOL RDR CLASS T"), 0);
    assert_eq!(rig.read("BEN"), "query userid");
    assert_eq!(rig.read("BEN"), "BEN      AT VMSHARE");
}

#[test]
fn bad_operands_have_their_return_codes() {
    let mut rig = rig();
    for (command, rc) in [
        ("SPOOL", 26),
        ("SPOOL PUN", 26),
        ("SPOOL 1AB CLASS A", 40),
        ("SPOOL PUN CLASS AB", 28),
        ("SPOOL PUN CLASS *", 28),
        ("SPOOL PUN COPY 0", 2),
        ("SPOOL PUN TO NOBODY", 53),
        ("SPOOL PUN START", 3),
        ("SPOOL RDR TO BEN", 3),
        ("SPOOL PUN FROB", 3),
        ("CLOSE", 26),
        ("CLOSE FROB", 3),
        ("CLOSE PUN FROB", 3),
        ("PURGE", 26),
        ("PURGE RDR", 27),
        ("PURGE RDR 0", 8),
        ("PURGE RDR 12345", 8),
        ("PURGE RDR 7", 42),
        ("PURGE FROB", 3),
        ("CHANGE RDR ALL", 26),
        ("CHANGE RDR ALL FROB", 3),
        ("CHANGE RDR ALL CLASS *", 28),
        ("TRANSFER RDR ALL", 26),
        ("TRANSFER RDR ALL TO", 20),
        ("TRANSFER RDR ALL TO NOBODY", 53),
        ("QUERY RDR 7", 42),
        ("QUERY RDR FROB", 3),
        ("QUERY RDR CLASS", 26),
        ("TAG FROB", 3),
        ("TAG QUERY FILE 7", 42),
    ] {
        assert_eq!(rig.rc("ANN", command), rc, "{command}");
    }
}

#[test]
fn options_of_a_file_come_with_it() {
    let mut rig = rig();
    rig.says(
        "ANN",
        "SPOOL PRT CLASS C COPY 3 KEEP MSG FORM WIDE DEST ROOM2 DIST DESK1 FOR BEN",
    );
    assert!(
        rig.says("ANN", "QUERY VIRTUAL PRT")
            .contains("000E TO BEN      PRT DIST DESK1    FLASHC 000 DEST ROOM2")
    );
    rig.punch("ANN", 0xE, "x");
    assert_eq!(
        rig.says("ANN", "CLOSE PRT NAME a.data.set"),
        "PRT FILE 0001 SENT TO   BEN      PRT AS  0001 RECS 0001 CPY  003 C NOHOLD KEEP"
    );
    assert_eq!(
        rig.says("BEN", "QUERY PRT"),
        "ORIGINID FILE CLASS RECORDS  CPY HOLD FORM     DEST     KEEP MSG\n\
         ANN      0001 C PRT 00000001 003 NONE WIDE     ROOM2    ON   ON"
    );
    assert!(
        rig.says("BEN", "QUERY PRT ALL ISODATE")
            .contains("NONE 2013-08-31 22:42:30 A.DATA.SET         DESK1")
    );
    assert_eq!(rig.says("BEN", "QUERY PRT FORM STANDARD"), "NO PRT FILES");
    assert_eq!(
        rig.says("BEN", "PURGE PRT FORM WIDE DEST ROOM2"),
        "0000001 FILE  PURGED"
    );
    // Without EOF the reader looks empty at the end of a file.
    rig.punch("ANN", 0xD, "card");
    rig.says("ANN", "CLOSE PUN BEN");
    rig.says("BEN", "SPOOL RDR NOEOF");
    assert_eq!(
        (rig.read("BEN"), rig.read("BEN")),
        ("card".into(), "EMPTY".into())
    );
    // A reader that is not ready reads nothing.
    rig.punch("ANN", 0xD, "card");
    rig.says("ANN", "CLOSE PUN BEN");
    rig.says("BEN", "NOTREADY C");
    assert_eq!(rig.read("BEN"), "EMPTY");
    rig.says("BEN", "READY C");
    assert_eq!(rig.read("BEN"), "card");
    // A device that goes, and one that gets another number, lose nothing.
    rig.punch("ANN", 0xD, "card");
    rig.says("ANN", "QUERY VIRTUAL 00D");
    rig.says("ANN", "DEFINE 00D AS 01D");
    assert!(rig.says("ANN", "QUERY VIRTUAL 01D").contains("OPEN 0004"));
    assert!(
        rig.says("ANN", "DETACH 01D")
            .starts_with("PUN FILE 0004 SENT FROM ANN      PUN WAS 0004")
    );
}

#[test]
fn what_a_channel_program_punches_is_in_the_spool() {
    let mut rig = rig();
    let subchannel = rig.says("ANN", "QUERY VIRTUAL 00D");
    let subchannel = subchannel.split("SUBCHANNEL = ").nth(1).unwrap().trim();
    // STSCH, OI (enable), MSCH, SSCH, LPSW; an ORB; a disabled wait PSW; a CCW; a card.
    let shown = rig.types(
        "ANN",
        &[
            "system clear",
            "store s1000 B2342000 96802005 B2322000 B2333000 82004000",
            "store s3000 00000000 0000FF00 00005000",
            "store s4000 000A0000 80000BAD",
            "store s5000 41006000 20000050",
            "store s6000 C8C5D3D3 D6404040",
            &format!("store g1 1{subchannel} 2000 3000 4000"),
            "begin 1000",
        ],
    );
    assert!(
        shown.contains("disabled wait PSW 000A0000 80000BAD"),
        "{shown}"
    );
    assert!(
        rig.says("ANN", "QUERY PUN ALL")
            .contains("00000001 001 NONE OPEN- 000D")
    );
    let sent = rig.types("ANN", &["close punch to ben name some deck"]);
    assert!(sent.contains("PUN FILE 0001 SENT TO   BEN"), "{sent}");
    // A program in the machine may name a file in small letters; what is typed is folded.
    assert!(
        rig.says("BEN", "QUERY RDR ALL")
            .contains(" SOME      DECK ")
    );
    rig.punch("ANN", 0xD, "again");
    rig.says("ANN", "CLOSE PUNCH TO BEN NAME some deck");
    assert!(
        rig.says("BEN", "QUERY RDR ALL")
            .contains(" some      deck ")
    );
    assert!(rig.read("BEN").starts_with("HELLO"));
}
