//! The promises of SECURITY.md.

use crate::support::Place;
use std::fs;

#[test]
fn a_guest_reaches_its_own_storage_only() {
    let place = Place::new();
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    // 64M is the first address that a 64M machine does not have; the last one is far outside the host's map.
    let run = place.typing(&["IPL", "LXSHR"], "poke 4000000\npoke 7ffff000\ncount\n");
    assert_eq!(
        run.out
            .matches("Program interruption 0005 storing at")
            .count(),
        2,
        "{}",
        run.out
    );
    assert!(run.out.contains("Counter 1"), "{}", run.out);
    let run = place.typing(
        &["IPL", "LXSHR"],
        "#cp display r4000000.10\n#cp store r4000000 1\n#cp display r0.10\n",
    );
    assert!(
        run.out.contains("R04000000  addressing exception"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("04000000 cannot be stored into"),
        "{}",
        run.out
    );
}

#[test]
fn a_store_into_a_shared_page_harms_nobody() {
    let place = Place::new();
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    let shown = |lines: &str| {
        let out = place.typing(&["IPL", "LXSHR"], lines).out;
        out.lines()
            .find(|l| l.starts_with("R00100000"))
            .map(str::to_owned)
            .unwrap_or_else(|| panic!("{out}"))
    };
    let before = shown("#cp display r100000.10\n");
    let poked = shown("poke\npoke 100008\n#cp display r100000.10\n");
    assert_eq!(poked, before);
    assert_eq!(shown("#cp display r100000.10\n"), before);
}

#[test]
fn files_beyond_the_disks_cannot_be_named() {
    let place = Place::new();
    let outside = place.work().parent().unwrap().join("secret.file");
    fs::write(&outside, "TOPSECRET\n").unwrap();
    std::os::unix::fs::symlink(&outside, place.work().join("link.file")).unwrap();
    std::os::unix::fs::symlink("..", place.work().join("up.file")).unwrap();
    let absolute = outside.display();
    for command in [
        "TYPE ../SECRET FILE",
        "TYPE ..\\SECRET FILE A",
        "TYPE LINK FILE A",
        "PIPE < LINK FILE A | CONSOLE",
        "PIPE < ../secret.file | CONSOLE",
        &format!("PIPE < {absolute} | CONSOLE"),
        "PIPE literal gone | > LINK FILE A",
        "PIPE literal gone | > ../secret.file",
        "PIPE literal gone | >> ../SECRET FILE A",
        "COPYFILE LINK FILE A COPY FILE A",
        "EXECIO 1 DISKW LINK FILE A 0 V (STRING gone",
        "EXECIO * DISKR LINK FILE A (STEM X.",
        "RENAME LINK FILE A ../SECRET FILE A",
        "ERASE ../SECRET FILE A",
    ] {
        let run = place.cms(&["-c", command]);
        assert!(!run.out.contains("TOPSECRET"), "{command}: {}", run.out);
        assert_eq!(
            fs::read_to_string(&outside).unwrap(),
            "TOPSECRET\n",
            "{command}"
        );
    }
    if let Ok(copied) = fs::read_to_string(place.work().join("copy.file")) {
        assert!(!copied.contains("TOPSECRET"));
    }
}

#[test]
fn a_read_only_disk_stays_as_it_was() {
    let place = Place::new();
    let dir = place.system(
        "USER LINUX1 NOPASS 64M 64M G\n IPL CMS\n CONSOLE 0009 3215\n MDISK 0190 FB-512 1 END LIN190 RR\n\
         \x20MDISK 0191 FB-512 1 END LIN191 RR\n HOST 0190 BUILTIN EXECS\n HOST 0191 FOLDER disk RR\n",
    );
    fs::create_dir(dir.join("disk")).unwrap();
    fs::write(dir.join("disk/note.data"), "as it was\n").unwrap();
    for command in [
        "ERASE NOTE DATA A",
        "PIPE literal x | > NOTE DATA A",
        "PIPE literal x | > NEW DATA A",
        "COPYFILE NOTE DATA A OTHER DATA A",
        "RENAME NOTE DATA A OTHER DATA A",
        "EXECIO 1 DISKW NOTE DATA A (STRING x",
        "ERASE SAVELX EXEC S",
    ] {
        let run = place.cms(&["--system", dir.to_str().unwrap(), "-c", command]);
        assert_ne!(run.code, 0, "{command}: {}", run.out);
    }
    let names: Vec<_> = fs::read_dir(dir.join("disk"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["note.data"]);
    assert_eq!(
        fs::read_to_string(dir.join("disk/note.data")).unwrap(),
        "as it was\n"
    );
}

#[test]
fn a_class_not_given_is_an_unknown_command() {
    let place = Place::new();
    let dir = place.system(
        "USER LINUX1 NOPASS 64M 64M G\n IPL CMS\n CONSOLE 0009 3215\n MDISK 0190 FB-512 1 END LIN190 RR\n\
         \x20MDISK 0191 FB-512 1 END LIN191 MR\n HOST 0190 BUILTIN EXECS\n HOST 0191 FOLDER disk MR\n\
         \x20HOST 0200 BUILTIN GUEST\n",
    );
    fs::create_dir(dir.join("disk")).unwrap();
    let exec = "/* */\n'DEFSYS X 0-FF EW'\nsay rc\n'CP DEFSYS X 0-FF EW'\nsay rc\n'PIPE CP FORCE LINUX1'\nsay rc\n";
    fs::write(dir.join("disk/try.exec"), exec).unwrap();
    let system = dir.to_str().unwrap();

    let typed = place.cms(&["--system", system, "-c", "CP DEFSYS X 0-FF EW"]);
    assert!(
        typed.out.contains("HCPCMD001E Unknown CP command: DEFSYS"),
        "{}",
        typed.out
    );
    assert_eq!(typed.code, 1);
    let run = place.cms(&["--system", system, "TRY"]);
    let codes: Vec<&str> = run
        .out
        .lines()
        .filter(|l| l.parse::<i32>().is_ok())
        .collect();
    assert_eq!(codes, ["-3", "1", "1"], "{}", run.out);
    let guest = place.typing(
        &["--system", system, "IPL", "200"],
        "cp force linux1\ncp savesys x\n",
    );
    assert_eq!(
        guest.out.matches("CP return code 1").count(),
        2,
        "{}",
        guest.out
    );
}
