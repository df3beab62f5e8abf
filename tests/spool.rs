//! Spool files: what is punched, printed and read, by one process or several.

use crate::support::{Place, transcript};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

const TWO_USERS: [&str; 2] = [
    "USER ALICE NOPASS 64M 64M G\n IPL CMS\n CONSOLE 0009 3215\n SPOOL 000C 2540 READER *\n\
     \x20SPOOL 000D 2540 PUNCH A\n SPOOL 000E 1403 A\n MDISK 0190 FB-512 1 END CMS190 RR\n\
     \x20MDISK 0191 FB-512 1 END ALI191 MR\n HOST 0190 BUILTIN EXECS\n HOST 0191 FOLDER alice MR\n",
    "USER BOB NOPASS 64M 64M G\n IPL CMS\n CONSOLE 0009 3215\n SPOOL 000C 2540 READER *\n\
     \x20SPOOL 000D 2540 PUNCH A\n SPOOL 000E 1403 A\n MDISK 0190 FB-512 1 END CMS190 RR\n\
     \x20MDISK 0191 FB-512 1 END BOB191 MR\n HOST 0190 BUILTIN EXECS\n HOST 0191 FOLDER bob MR\n",
];

/// The user who stands first is at the terminal.
fn first(place: &Place, user: usize) -> String {
    let directory = format!("{}{}", TWO_USERS[user], TWO_USERS[1 - user]);
    let dir = place.system(&directory);
    for name in ["alice", "bob"] {
        fs::create_dir_all(dir.join(name)).unwrap();
    }
    dir.to_str().unwrap().to_owned()
}

/// A file whose date is always the same.
fn dated(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    let when = UNIX_EPOCH + Duration::from_secs(1_242_045_296);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(when).unwrap();
}

fn spool_files(place: &Place) -> Vec<PathBuf> {
    let folder = place.data().join("vmshare/spool");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|all| all.map(|e| e.unwrap().path()).collect())
        .unwrap_or_default();
    files.retain(|p| p.extension().is_some_and(|e| e == "spl"));
    files.sort();
    files
}

#[test]
fn a_file_is_punched_printed_listed_and_read() {
    let place = Place::new();
    dated(
        &place.work().join("note.data"),
        "first card\n  second card\n",
    );
    dated(
        &place.work().join("report.listing"),
        "1TITLE\n line one\n0after a blank line\n+overprinted\n",
    );
    let script = "\
        query files\n\
        query virtual ur\n\
        spool punch to * class b\n\
        punch note data\n\
        query rdr all\n\
        query rdr\n\
        print report listing\n\
        query prt all fulldate\n\
        query files\n\
        change rdr 1 class a name new name hold\n\
        query reader * 1 all\n\
        readcard *\n\
        change rdr all nohold\n\
        readcard copy data\n\
        type copy data\n\
        readcard *\n\
        purge prt 2\n\
        purge prt all\n\
        order rdr 9\n\
        punch nothing here\n\
        spool console start\n\
        query userid\n\
        spool console stop close * rdr\n\
        query rdr all\n\
        transfer rdr 3 to * prt\n\
        query files\n";
    transcript("spool", &place.typing(&[], script).out);
}

#[test]
fn punched_in_one_process_read_in_another() {
    let place = Place::new();
    let alice = first(&place, 0);
    fs::write(Path::new(&alice).join("alice/note.data"), "for Bob\n").unwrap();
    let sent = place.cms(&[
        "--system",
        &alice,
        "-c",
        "SPOOL PUNCH TO BOB",
        "-c",
        "PUNCH NOTE DATA",
    ]);
    assert!(
        sent.out.contains(
            "PUN FILE 0001 SENT TO   BOB      RDR AS  0001 RECS 0002 CPY  001 A NOHOLD NOKEEP"
        ),
        "{}",
        sent.out
    );
    let bob = first(&place, 1);
    let got = place.typing(&["--system", &bob], "query files\nreadcard *\n");
    assert!(
        got.out.contains("FILES: 0001 RDR,   NO PRT,   NO PUN"),
        "{}",
        got.out
    );
    assert_eq!(
        fs::read_to_string(Path::new(&bob).join("bob/note.data")).unwrap(),
        format!("{:80}\n", "for Bob")
    );
    let again = place.cms(&["--system", &bob, "-c", "READCARD *"]);
    assert!(again.out.contains("DMSRDC205W"), "{}", again.out);
    assert_eq!(again.code, 8);
}

#[test]
fn a_user_without_class_d_has_the_own_spool_files_only() {
    let place = Place::new();
    let alice = first(&place, 0);
    fs::write(Path::new(&alice).join("alice/note.data"), "TOPSECRET\n").unwrap();
    place.cms(&[
        "--system",
        &alice,
        "-c",
        "SPOOL PUNCH TO *",
        "-c",
        "PUNCH NOTE DATA",
    ]);
    let bob = first(&place, 1);
    for (command, code) in [
        ("QUERY RDR ALL", 0),
        ("QUERY RDR ALICE ALL", 3),
        ("QUERY RDR USERID ALICE", 3),
        ("QUERY RDR SYSTEM", 3),
        ("QUERY RDR 1", 42),
        ("QUERY FILES ALICE", 3),
        ("PURGE RDR 1", 0),
        ("PURGE ALICE RDR ALL", 3),
        ("PURGE SYSTEM RDR ALL", 3),
        ("PURGE RDR ALL", 0),
        ("CHANGE RDR ALL CLASS Z", 0),
        ("CHANGE ALICE RDR ALL CLASS Z", 3),
        ("ORDER RDR CLASS A", 0),
        ("TRANSFER RDR ALL TO BOB", 0),
        ("TRANSFER ALICE RDR ALL TO BOB", 3),
        ("TRANSFER RDR ALL FROM ALICE", 0),
        ("TRANSFER RDR ALL FROM ALL", 0),
        ("TAG QUERY FILE 1", 42),
        ("READCARD *", 8),
    ] {
        let run = place.cms(&["--system", &bob, "-c", command]);
        if command != "PURGE RDR 1" {
            assert_eq!(run.code, code, "{command}: {}", run.out);
        }
        assert!(!run.out.contains("0001 FILE"), "{command}: {}", run.out);
        assert!(!run.out.contains("NOTE"), "{command}: {}", run.out);
    }
    let alice = first(&place, 0);
    let run = place.cms(&[
        "--system",
        &alice,
        "-c",
        "READCARD COPY DATA",
        "-c",
        "TYPE COPY DATA",
    ]);
    assert!(run.out.contains("TOPSECRET"), "{}", run.out);
}

/// An IPL deck: a card with the PSW and a CCW that reads the next one, whose program loads a disabled
/// wait PSW. A file of CMS is text, so the deck has no byte that is a line end there.
fn deck() -> Vec<u8> {
    let mut first = vec![0, 8, 0, 0, 0x80, 0, 2, 0];
    first.extend([0x02, 0, 2, 0, 0x20, 0, 0, 0x50]);
    first.resize(80, 0);
    let mut second = vec![0x82, 0, 2, 8, 0, 0, 0, 0];
    second.extend([0, 0x0A, 0, 0, 0x80, 0xCA, 0xFE, 0]);
    second.resize(80, 0);
    [first, second].concat()
}

#[test]
fn ipl_from_a_spooled_deck() {
    let place = Place::new();
    let mut text = Vec::new();
    for card in deck().chunks(80) {
        text.extend(card.iter().map(|b| to_host(*b)));
        text.push(b'\n');
    }
    dated(&place.work().join("ipl.deck"), text);
    let run = place.typing(
        &[],
        "spool punch to *\npunch ipl deck (noheader\n#cp ipl 00c\n#cp query rdr all\n#cp close rdr hold\n\
         #cp change rdr all keep\n#cp query rdr\n#cp ipl 00c clear\n#cp close rdr\n#cp query rdr\n#cp ipl 00c\n",
    );
    transcript("ipl_spooled", &run.out);
}

/// The host's byte for a code of the cards.
fn to_host(code: u8) -> u8 {
    vmshare::base::codepage::ebcdic_to_host(&[code])[0]
}

#[test]
fn a_kill_leaves_whole_spool_files_or_none() {
    let place = Place::new();
    let big: String = (0..20_000).map(|n| format!("card {n}\n")).collect();
    fs::write(place.work().join("big.data"), &big).unwrap();
    let mut whole = 0;
    for delay in 0..25 {
        let mut child = place
            .command(&["-c", "SPOOL PUNCH TO *", "-c", "PUNCH BIG DATA"])
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(4 * delay));
        let _ = child.kill();
        let _ = child.wait();
        let run = place.cms(&["-c", "QUERY RDR ALL"]);
        assert_eq!(run.code, 0, "after {delay}: {}", run.out);
        let lines = run
            .out
            .lines()
            .filter(|l| l.starts_with("LINUX1"))
            .collect::<Vec<_>>();
        assert!(
            lines.iter().all(|l| l.contains(" PUN 00020001 ")),
            "{}",
            run.out
        );
        whole = lines.len();
    }
    assert_eq!(whole, spool_files(&place).len());
    place.cms(&["-c", "SPOOL PUNCH TO *", "-c", "PUNCH BIG DATA"]);
    let run = place.cms(&["-c", "READCARD COPY DATA", "-c", "PURGE RDR ALL"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let copy = fs::read_to_string(place.work().join("copy.data")).unwrap();
    let cards: String = copy
        .lines()
        .map(|l| format!("{}\n", l.trim_end()))
        .collect();
    assert!(cards.ends_with(&big));
    assert_eq!(spool_files(&place), Vec::<PathBuf>::new());
}

#[test]
fn a_damaged_spool_file_is_named_and_the_others_are_read() {
    let place = Place::new();
    for text in ["one\n", "two\n", "three\n"] {
        fs::write(place.work().join("note.data"), text).unwrap();
        place.cms(&["-c", "SPOOL PUNCH TO *", "-c", "PUNCH NOTE DATA (NOHEADER"]);
    }
    let files = spool_files(&place);
    fs::write(&files[0], "rubbish").unwrap();
    let mut bytes = fs::read(&files[1]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&files[1], bytes).unwrap();
    let run = place.cms(&["-c", "CP QUERY RDR ALL"]);
    assert!(
        run.out.contains("HCPCQS444E")
            && run
                .out
                .contains("0001.spl: the header (cut off) is damaged"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("LINUX1   0002") && run.out.contains("LINUX1   0003"),
        "{}",
        run.out
    );
    let run = place.cms(&["-c", "READCARD COPY DATA"]);
    assert!(
        run.out.contains("0002.spl: a record (checksum) is damaged"),
        "{}",
        run.out
    );
    assert_eq!(
        fs::read_to_string(place.work().join("copy.data")).unwrap(),
        format!("{:80}\n", "three")
    );
}

/// Six processes at a time; all of them end well.
fn six_at_once(place: &Place, args: &[&str]) {
    let children: Vec<_> = (0..6)
        .map(|_| place.command(args).spawn().unwrap())
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
}

#[test]
fn processes_that_punch_at_once_get_numbers_of_their_own() {
    let place = Place::new();
    fs::write(place.work().join("note.data"), "x\n").unwrap();
    let args = [
        "-c",
        "SPOOL PUNCH TO *",
        "-c",
        "PUNCH NOTE DATA",
        "-c",
        "PUNCH NOTE DATA",
    ];
    six_at_once(&place, &args);
    let run = place.cms(&["-c", "QUERY FILES"]);
    assert!(run.out.contains("FILES: 0012 RDR"), "{}", run.out);
    // Each file is read by one of those who read at once.
    let args = ["-c", "READCARD *", "-c", "READCARD *"];
    six_at_once(&place, &args);
    let run = place.cms(&["-c", "QUERY FILES"]);
    assert!(run.out.contains("FILES:   NO RDR"), "{}", run.out);
}
