//! Record flow: order, delay, ends of file both ways, commit levels, stalls.

use super::*;

#[test]
fn records_keep_their_order_over_a_network() {
    check(
        "(end ?) literal a1 b1 a2 b2 a3|split|x: locate /a/|i: faninany|console ? x: |i:",
        0,
        &["a1", "b1", "a2", "b2", "a3"],
    );
    check(
        "(end ?) literal 1 2 3|split|f: fanout|i: faninany|console ? f: |i: ? f: |i:",
        0,
        &["1", "1", "1", "2", "2", "2", "3", "3", "3"],
    );
    // One leg changes the record, the other one does nothing: still in order.
    check(
        "(end ?) literal a1 b1 a2 b2|split|x: locate /a/|strip leading a|strip trailing b|i: faninany|console ? x: |i:",
        0,
        &["1", "b1", "2", "b2"],
    );
}

#[test]
fn a_copy_holds_one_record() {
    check(
        "(end ?) literal a|f: fanout|i: fanin|console ? f: |copy|i:",
        0,
        &["a", "a"],
    );
    let mut host = TestHost::default();
    let spec = "(end ?) literal a b c|split|f: fanout|i: fanin|console ? f: |copy|i:";
    assert_eq!(host.run(spec), -4095);
}

#[test]
fn end_of_file_travels_backward() {
    check("literal x|dup *|take 3|console", 0, &["x", "x", "x"]);
    check(
        "literal x|dup *|strip|take 3|strip|buffer|console",
        0,
        &["x", "x", "x"],
    );
    check("literal x|dup *|locate /x/", 0, &[]);
    check("literal x|dup *|take 0|console", 0, &[]);
    check(
        "(end ?) literal x|dup *|f: fanout|take 2|console ? f: |take 3|console",
        0,
        &["x", "x", "x", "x", "x"],
    );
    check(
        "literal x|dup *|f: fanout stop anyeof|take 2|console",
        0,
        &["x", "x"],
    );
}

#[test]
fn nothing_is_read_that_is_not_needed() {
    let mut host = TestHost::default();
    for line in ["one", "two", "three"] {
        host.console.push_back(line.into());
    }
    assert_eq!(host.run("console|take 2|console"), 0);
    assert_eq!(host.said, ["one", "two"]);
    assert_eq!(host.console.len(), 1);
}

#[test]
fn device_drivers_do_not_need_an_output() {
    let mut host = TestHost::default();
    assert_eq!(host.run("literal b|literal a|> out file"), 0);
    assert_eq!(host.lines("OUT FILE"), ["a", "b"]);
    check("literal b|literal a|console|take 1|hole", 0, &["a", "b"]);
}

#[test]
fn a_tail_of_counts_reports_at_end_of_file() {
    check("literal a b c|split|count lines", 0, &[]);
    check(
        "(end ?) literal a b c|split|c: count lines words bytes minline maxline|hole ? c: |console",
        0,
        &["3 3 3 1 1"],
    );
    check(
        "literal bb|literal a|count max min words lines chars|console",
        0,
        &["3 2 2 1 2"],
    );
    check("hole|count lines bytes|console", 0, &["0 0"]);
    check(
        "(end ?) literal a|f: fanout|count lines|i: faninany|console ? f: |count bytes|i:",
        0,
        &["1", "1"],
    );
}

#[test]
fn selection_with_a_secondary_output() {
    check(
        "(end ?) literal a b c d|split|t: take 2|hole ? t: |console",
        0,
        &["c", "d"],
    );
    check(
        "(end ?) literal a b c d|split|t: drop last 1|hole ? t: |console",
        0,
        &["d"],
    );
    check("literal a b c d|split|take last 2|console", 0, &["c", "d"]);
    check("literal a b c d|split|drop first 3|console", 0, &["d"]);
    check(
        "literal abc def|split|take 4 bytes|console",
        0,
        &["abc", "d"],
    );
    check(
        "literal abc def|split|drop last 4 bytes|console",
        0,
        &["ab"],
    );
    check(
        "literal abc def|split|take last 4 bytes|console",
        0,
        &["c", "def"],
    );
    check("literal a|take *|console", 0, &["a"]);
}

#[test]
fn fanin_reads_one_stream_after_the_other() {
    check(
        "(end ?) literal 1 2|split|f: fanin 1 0|console ? literal 3 4|split|f:",
        0,
        &["3", "4", "1", "2"],
    );
    check(
        "(end ?) literal 1 2|split|f.x: fanin y x|console ? literal 3 4|split|f.y:",
        0,
        &["3", "4", "1", "2"],
    );
}

#[test]
fn a_stall_is_found_and_told() {
    for fusion in [Fusion::On, Fusion::Off] {
        let mut host = TestHost::default();
        let spec = "(end ?) literal a b|split|f: fanout|i: fanin|console ? f: |i:";
        assert_eq!(host.run_with(spec, fusion), -4095);
        assert_eq!(host.numbers[0], 29, "{:?}", host.told);
        assert!(
            host.numbers.iter().filter(|&&n| n == 30).count() >= 4,
            "{:?}",
            host.told
        );
        assert!(
            host.told
                .iter()
                .any(|t| t.contains("waiting for output \"f: fanout\"")),
            "{:?}",
            host.told
        );
    }
    // What has waited writes no result of half its input, and no file.
    for (stages, said) in [
        ("count lines|console", &[][..]),
        ("join *|console", &[]),
        ("sort|console", &[]),
        ("specs 1-* 1 eof /end/ 1|console", &["a"]),
        ("append literal end|console", &["a"]),
        ("> out data", &[]),
        ("xlate|>> out data", &[]),
        ("copy|> out data", &[]),
        ("stem s.|take 5|> out data", &[]),
    ] {
        for fusion in [Fusion::On, Fusion::Off] {
            let mut host = TestHost::default();
            host.file("OUT DATA", &["old"]);
            let spec = format!("(end ?) literal a b|split|f: fanout|i: fanin|{stages} ? f: |i:");
            assert_eq!(host.run_with(&spec, fusion), -4095, "{stages}");
            assert_eq!(host.said, said, "{stages} {fusion:?}");
            assert_eq!(host.lines("OUT DATA"), ["old"], "{stages} {fusion:?}");
        }
    }
    // A buffer on the leg that waits cures it.
    check(
        "(end ?) literal a b|split|f: fanout|i: fanin|console ? f: |buffer|i:",
        0,
        &["a", "b", "a", "b"],
    );
    check(
        "(end ?) literal a b|split|f: fanout|i: fanin|console ? f: |elastic|i:",
        0,
        &["a", "b", "a", "b"],
    );
}

/// A stage that has passed what it wants on one stream leaves it, so that what waits for its end goes on.
#[test]
fn stages_that_turn_to_the_other_output_leave_the_first() {
    for (stage, first, said) in [
        ("take 2", "fanin", ["a", "b", ">c", ">d"]),
        ("drop 2", "fanin 1 0", [">a", ">b", "c", "d"]),
        ("take 0", "fanin", [">a", ">b", ">c", ">d"]),
        ("drop last 2", "fanin", ["a", "b", ">c", ">d"]),
        ("take last 2", "fanin 1 0", [">a", ">b", "c", "d"]),
        ("tolabel c", "fanin", ["a", "b", ">c", ">d"]),
        ("strtolabel inclusive /b/", "fanin", ["a", "b", ">c", ">d"]),
        ("frlabel c", "fanin 1 0", [">a", ">b", "c", "d"]),
        (
            "strfrlabel exclusive /b/",
            "fanin 1 0",
            [">a", ">b", "c", "d"],
        ),
        ("whilelabel a", "fanin", ["a", ">b", ">c", ">d"]),
        ("totarget locate /c/", "fanin", ["a", "b", ">c", ">d"]),
        ("frtarget locate /c/", "fanin 1 0", [">a", ">b", "c", "d"]),
        ("pick to 1 == /c/", "fanin", ["a", "b", ">c", ">d"]),
        ("pick to after 1 == /b/", "fanin", ["a", "b", ">c", ">d"]),
        ("pick from 1 == /c/", "fanin 1 0", [">a", ">b", "c", "d"]),
        ("pick while 1 << /c/", "fanin", ["a", "b", ">c", ">d"]),
        ("not take 2", "fanin 1 0", [">a", ">b", "c", "d"]),
        ("casei tolabel c", "fanin", ["a", "b", ">c", ">d"]),
    ] {
        let spec = format!(
            "(end ?) literal a b c d|split|s: {stage}|i: {first}|console ? s: |insert />/|i:"
        );
        check(&spec, 0, &said);
    }
    // The count of the first two need not wait for the end of the file.
    check(
        "(end ?) literal a b c|split|t: take 2|count lines|i: fanin|console ? t: |i:",
        0,
        &["2", "c"],
    );
    // Nobody wants the rest: the source is told.
    check(
        "(end ?) literal a|dup *|t: take 2|console ? t: |take 1|console",
        0,
        &["a", "a", "a"],
    );
}

#[test]
fn an_error_anywhere_leaves_everything_untouched() {
    for (spec, rc) in [
        ("(end ?) cp purge all|hole ? literal x|count", -11),
        ("(end ?) literal x|> out file ? < no file|hole", -146),
        ("(end ?) cp purge all|hole ? literal x|nosuch", -27),
        ("(end ?) literal y|var v ? literal x|> readonly file", -119),
        ("(end ?) literal y|console ? literal x|browse x", -9001),
    ] {
        let mut host = TestHost::default();
        assert_eq!(host.run(spec), rc, "{spec} {:?}", host.told);
        assert!(
            host.commands.is_empty() && host.files.borrow().is_empty(),
            "{spec}"
        );
        assert!(host.variables.is_empty() && host.said.is_empty(), "{spec}");
    }
}

#[test]
fn a_file_is_replaced_only_at_the_end() {
    let mut host = TestHost::default();
    host.file("A FILE", &["b", "a"]);
    assert_eq!(host.run("< a file|literal new|> a file"), 0);
    assert_eq!(host.lines("A FILE"), ["new", "b", "a"]);
    assert_eq!(host.run("literal more|>> a file"), 0);
    assert_eq!(host.lines("A FILE"), ["new", "b", "a", "more"]);
    // A record that does not fit: the old file stays.
    assert_eq!(host.run("literal longer|literal x|> a file fixed"), -134);
    assert_eq!(host.lines("A FILE").len(), 4);
    assert_eq!(host.run("literal longer|literal x|> a file f 3 coerce"), 0);
    assert_eq!(host.lines("A FILE"), ["x  ", "lon"]);
}

#[test]
fn return_codes_are_aggregated() {
    let mut host = TestHost::default();
    for (command, rc) in [("a", 99), ("b", 3), ("c", -3), ("d", 6)] {
        host.rcs.insert(command.into(), rc);
    }
    assert_eq!(host.run("literal d b a|split|cp|hole"), 99);
    assert_eq!(host.run("literal d c a|split|cp|hole"), -3);
    assert_eq!(host.commands.last().unwrap(), "CP: c");
    assert_eq!(
        host.run("(end ?) literal a c d|split|c: cms|hole ? c: |console"),
        0
    );
    assert_eq!(host.said, ["99", "-3", "6"]);
}

#[test]
fn variables_and_arrays() {
    let mut host = TestHost::default();
    assert_eq!(
        host.run("literal two|literal one|stem l.|var first|console"),
        0
    );
    assert_eq!(host.said, ["one", "two"]);
    assert_eq!(host.variables["L.0"], b"2");
    assert_eq!(host.variables["L.2"], b"two");
    assert_eq!(host.variables["FIRST"], b"one");
    assert_eq!(host.run("literal three|stem l. append"), 0);
    assert_eq!(host.variables["L.0"], b"3");
    host.said.clear();
    assert_eq!(host.run("stem l. from 2|console"), 0);
    assert_eq!(host.said, ["two", "three"]);
    assert_eq!(host.run("hole|var first"), 0);
    assert!(!host.variables.contains_key("FIRST"));
    assert_eq!(host.run("hole|stem l."), 0);
    assert_eq!(host.variables["L.0"], b"0");
    host.variables.insert("BAD.0".into(), b"x".to_vec());
    assert_eq!(host.run("stem bad.|console"), -238);
    assert_eq!(host.run("var 1 x|console"), -233);
    assert_eq!(host.run("literal x|var 1 x"), -233);
}

#[test]
fn the_program_stack() {
    let mut host = TestHost::default();
    host.stack.push_back(b"old".to_vec());
    assert_eq!(host.run("literal b|literal a|stack"), 0);
    assert_eq!(host.run("literal c|stack lifo"), 0);
    assert_eq!(host.run("stack|console"), 0);
    assert_eq!(host.said, ["c", "old", "a", "b"]);
    assert!(host.stack.is_empty());
}

#[test]
fn the_terminal_as_a_source() {
    let mut host = TestHost::default();
    for line in ["a", "quit", "", "z"] {
        host.console.push_back(line.into());
    }
    assert_eq!(host.run("console eof /QUIT/|strip|console"), 0);
    assert_eq!(host.said, ["a"]);
    assert_eq!(host.run("console|console"), 0);
    assert_eq!(host.run("console noeof|console"), 0);
    assert_eq!(host.said, ["a", "z"]);
}

#[test]
fn argument_pipelines_see_the_same_streams() {
    check(
        "literal a b|split|append literal c d|split|console",
        0,
        &["a", "b", "c", "d"],
    );
    check(
        "literal a|preface literal b|literal c|console",
        0,
        &["c", "b", "a"],
    );
    check(
        "literal a|append literal x||literal y|console",
        0,
        &["a", "y", "x"],
    );
    check(
        "literal a|append literal x|append nosuch|console",
        -27,
        &["a", "x"],
    );
    check(
        "literal x|dup *|append literal y|take 2|console",
        0,
        &["x", "x"],
    );
}

#[test]
fn many_records_need_no_more_room_than_few() {
    let run = |copies: usize, fusion: Fusion| {
        let mut host = TestHost::default();
        host.file("SOME LINES", &["x"]);
        let spec = format!(
            "(end ?) < some lines|dup {copies}|a: locate /x/|strip|i: faninany|copy|count lines|console ? a: |i:"
        );
        assert_eq!(host.run_with(&spec, fusion), 0);
        assert_eq!(host.said, [(copies + 1).to_string()]);
        host.places
    };
    for fusion in [Fusion::On, Fusion::Off] {
        assert_eq!(run(10, fusion), run(20_000, fusion));
    }
}

#[test]
fn an_endless_pipeline_stops_at_its_budget() {
    for spec in [
        "literal x|dup *|hole",
        "literal x|dup *|strip|locate /x/|count lines|console",
        "literal x|dup *|copy|elastic|hole",
        "(end ?) literal x|dup *|f: fanout|hole ? f: |i: faninany|hole",
    ] {
        for fusion in [Fusion::On, Fusion::Off] {
            let mut host = TestHost::default();
            let made = Pipeline::with_fusion(spec.as_bytes(), &mut host, fusion);
            let mut pipeline = made.expect("a pipeline");
            for _ in 0..5 {
                assert_eq!(pipeline.run(&mut host, 1000), Outcome::Budget, "{spec}");
            }
            assert!(host.told.is_empty() && host.said.is_empty());
        }
    }
}

#[test]
fn a_long_pipeline_is_no_deeper_than_a_short_one() {
    let mut spec = "literal x".to_string();
    for _ in 0..2000 {
        spec.push_str("|strip");
    }
    spec.push_str("|console");
    check(&spec, 0, &["x"]);
    let mut spec = "literal x|dup *".to_string();
    for _ in 0..2000 {
        spec.push_str("|locate /x/");
    }
    spec.push_str("|take 1|console");
    check(&spec, 0, &["x"]);
}

#[test]
fn gate_and_juxtapose() {
    check(
        "(end ?) literal p1 d1 d2 p2 d3|split|x: locate /p/|j: juxtapose|console ? x: |j:",
        0,
        &["p1d1", "p1d2", "p2d3"],
    );
    check(
        "(end ?) literal p1 d1 d2 p2 d3|split|x: locate /p/|j: juxtapose count|console ? x: |j:",
        0,
        &["         1p1d1", "         2p1d2", "         1p2d3"],
    );
    check(
        "(end ?) literal p1 d1 e1 p2 d2|split|x: locate /p/|j: juxtapose|console ? x: |y: locate /d/|j:? y: |j:",
        0,
        &["p1d1", "p1e1", "p2d2"],
    );
}
