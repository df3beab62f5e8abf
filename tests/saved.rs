//! Saved systems as files: damage, kills in the middle, replacing one that is in use.

use crate::support::{Place, transcript};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

fn saved_file(place: &Place) -> PathBuf {
    let folder = place.data().join("vmshare/saved");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "A"))
        .collect();
    files.sort();
    files.pop().expect("one saved system")
}

#[test]
fn a_damaged_file_is_refused() {
    let place = Place::new();
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    let file = saved_file(&place);
    let good = fs::read(&file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();

    let mut header = good.clone();
    header[40] ^= 1;
    fs::write(&file, &header).unwrap();
    let run = place.cms(&["-c", "CP IPL LXSHR"]);
    assert_ne!(run.code, 0, "{}", run.out);
    assert!(
        run.out.contains(&name) && run.out.contains("damaged"),
        "{}",
        run.out
    );

    // Cut off in the page data.
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    let run = place.cms(&["-c", "CP IPL LXSHR"]);
    assert_ne!(run.code, 0, "{}", run.out);
    assert!(run.out.contains(&name), "{}", run.out);

    fs::write(&file, &good).unwrap();
    let run = place.typing(&["IPL", "LXSHR"], "count\n");
    assert!(run.out.contains("vmshare guest kernel"), "{}", run.out);
}

#[test]
fn a_damaged_page_is_found_when_it_is_touched() {
    let place = Place::new();
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    let file = saved_file(&place);
    let mut bytes = fs::read(&file).unwrap();
    // The guest's text is what it runs first; find its eye-catcher of the entry's page in the data.
    let header = u32::from_be_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let data = header.next_multiple_of(4096);
    for page in data / 4096..bytes.len() / 4096 {
        bytes[page * 4096 + 100] ^= 0x40;
    }
    fs::write(&file, &bytes).unwrap();
    let run = place.typing(&["IPL", "LXSHR"], "count\n");
    assert!(
        run.out.contains("LXSHR.0001.A") && run.out.contains("page"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("vmshare guest kernel"), "{}", run.out);
}

#[test]
fn a_kill_leaves_the_old_or_the_new_file() {
    let place = Place::new();
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    for delay in 0..25 {
        let mut child = place.command(&["SAVELX", "LXSHR", "200"]).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(2_000 * delay));
        let _ = child.kill();
        let _ = child.wait();
        let run = place.typing(&["IPL", "LXSHR"], "count\n");
        assert!(
            run.out.contains("vmshare guest kernel"),
            "after {delay}: {}",
            run.out
        );
        // A skeleton that the kill left behind is in the way of the next DEFSYS, as on the real system.
        place.cms(&["-c", "CP PURGE NSS NAME LXSHR CLASS S"]);
        if place.cms(&["SAVELX", "LXSHR", "200"]).code != 0 {
            place.cms(&["-c", "CP PURGE NSS NAME LXSHR"]);
            assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
        }
    }
}

#[test]
fn a_system_in_use_is_replaced_behind_its_users() {
    let place = Place::new();
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    let mut user = place
        .command(&["IPL", "LXSHR"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(place.cms(&["SAVELX", "LXSHR", "200"]).code, 0);
    use std::io::Write;
    user.stdin
        .take()
        .unwrap()
        .write_all(b"count\ncount\n")
        .unwrap();
    let out = user.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&out.stdout);
    assert!(out.contains('2'), "{out}");
}

#[test]
fn an_exec_keeps_storage_in_a_segment_for_the_next_process() {
    let place = Place::new();
    fs::write(
        place.work().join("keep.exec"),
        "/* */\nparse arg text\ncall storage '1000000', length(text), text\n\
         'CP DEFSEG NOTES 1000-107F SW 1080-10FF SN'\n'CP SAVESEG NOTES'\nsay 'rc' rc\n",
    )
    .unwrap();
    fs::write(
        place.work().join("show.exec"),
        "/* */\nsay c2x(diag(64,'F','NOTES')) c2x(diag(64,'S','NOTES'))\nsay storage('1000000',14)'|'\n\
         'CP QUERY NSS NAME NOTES MAP'\n'CP QUERY NSS USERS NOTES'\ncall storage '1000000', 1, 'h'\n\
         say storage('1000000',5) c2x(diag(64,'P','NOTES')) c2x(diag(64,'P','NOTES')) c2x(storage('1000000'))\n\
         say c2x(diag(64,'S','NOTES')) storage('1000000',5)\n",
    )
    .unwrap();
    let mut out = place.cms(&["keep", "Hello, segment"]).out;
    out += &place.cms(&["show"]).out;
    transcript("segments", &out);
}

#[test]
fn a_kill_leaves_the_old_or_the_new_segment() {
    let place = Place::new();
    fs::write(
        place.work().join("save.exec"),
        "/* */\ncall storage '1000000', 1, 'A'\ncall storage '17FF000', 1, 'B'\n\
         'CP DEFSEG SEG 1000-17FF SW SPACE ALL'\n'CP SAVESEG SEG'\n",
    )
    .unwrap();
    fs::write(
        place.work().join("load.exec"),
        "/* */\nsay c2x(diag(64,'S','ALL')) storage('1000000') storage('17FF000')\n",
    )
    .unwrap();
    assert_eq!(place.cms(&["save"]).code, 0);
    for delay in 0..15 {
        let mut child = place.command(&["save"]).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(4_000 * delay));
        let _ = child.kill();
        let _ = child.wait();
        let out = place.cms(&["load"]).out;
        assert!(
            out.contains("01000000017FFFFF01 A B"),
            "after {delay}: {out}"
        );
        // What is left of the one that was killed is in the way of the next, as on the real system.
        place.cms(&["-c", "CP PURGE NSS CLASS S"]);
    }
    assert_eq!(place.cms(&["save"]).code, 0);
    let out = place.cms(&["-c", "CP QUERY NSS MAP"]).out;
    assert!(
        out.contains("DCSS-S   N/A      01000  017FF   --  A"),
        "{out}"
    );
    assert!(!out.contains(" S  00000"), "{out}");
}
