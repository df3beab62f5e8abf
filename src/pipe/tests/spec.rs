//! What the scanner and the linker refuse, and what they tell.

use super::*;

fn told(spec: &str) -> (i32, Vec<i32>) {
    let mut host = TestHost::default();
    let rc = host.run(spec);
    (rc, host.numbers)
}

#[test]
fn codes_are_those_of_the_code_page() {
    let ebcdic = |spec: &str, said: &[&str]| check_in(CodePage::Ibm1047, spec, 0, said);
    for (input, list, said) in [
        ("A1", "1-* c2x 1", "C1F1"),
        ("c1 f1", "1-* x2c 1", "A1"),
        ("1", "1-* c2b 1", "11110001"),
        ("11110001", "1-* b2c 1", "1"),
        ("A", "1-* c2d 1", "        -63"),
        ("-1044200508", "1-* d2c 1", "ABCD"),
        ("240", "1-* d2x 1", "000000F0"),
    ] {
        ebcdic(&format!("literal {input}|specs {list}|console"), &[said]);
    }
    ebcdic(
        "literal AB|specs 1-* v2c 1 | specs 1.2 c2x 1 3-* n|console",
        &["0002AB"],
    );
    ebcdic(
        "literal AB|specs 1-* v2c 1 | specs 1-* c2v 1|console",
        &["AB"],
    );
    ebcdic(
        "literal x|specs xc1f2 1 h5c n b11110011 n|console",
        &["A2*3"],
    );
    ebcdic("literal x|specs 1-* 4 pad f0 /y/ 7|console", &["   x00y"]);
    ebcdic("literal a*b*c|split 5c|sort d|console", &["c", "b", "a"]);
    ebcdic("literal aAbZ|xlate c1-c9 f1.9|console", &["a1bZ"]);
    ebcdic("literal hijk|xlate i-j /|console", &["h//k"]);
    ebcdic("literal AB|locate xc1|console", &["AB"]);
    ebcdic("literal AB|change xc1 xf1|console", &["1B"]);
    ebcdic(
        "(stagesep 5c end 6f) literal a*console?literal b*console",
        &["a", "b"],
    );
    // The bytes of the clock are codes, too.
    ebcdic(
        "literal x|specs todclock 1 | specs 1-* c2x 1|console",
        &["7D91048BCA000000"],
    );
    check(
        "literal x|specs todclock 1 | specs 1-* c2x 1|console",
        0,
        &["7D91048BCA000000"],
    );
    check("literal x|specs x4132 1 1-* nw|console", 0, &["A2 x"]);
}

#[test]
fn an_unknown_stage() {
    let mut host = TestHost::default();
    assert_eq!(host.run("literal a|foofum x|console"), -27);
    assert_eq!(
        host.told,
        [
            "FPLSCA027E Entry point FOOFUM not found",
            "FPLSCA003I ... Issued from stage 2 of pipeline 1",
            "FPLSCA001I ... Running \"foofum x\"",
        ]
    );
    assert!(host.said.is_empty());
    let mut host = TestHost::default();
    assert_eq!(host.run("(name x:1) foofum"), -27);
    assert_eq!(
        host.told[1],
        "FPLSCA004I ... Issued from stage 1 of pipeline 1 name \"x:1\""
    );
}

#[test]
fn follow_ups_obey_msglevel() {
    assert_eq!(told("foofum"), (-27, vec![27, 3, 1]));
    assert_eq!(told("(msglevel 0) foofum"), (-27, vec![27]));
    assert_eq!(told("(nomsglevel 1) foofum"), (-27, vec![27, 3]));
    assert_eq!(told("literal a|(nomsg 15) count").0, -11);
    assert_eq!(told("literal a | | hole").1[0], 17);
    assert!(told("literal a | | hole").1.contains(&192));
}

#[test]
fn where_a_fault_stands() {
    let told = |spec: &str| {
        let mut host = TestHost::default();
        host.run(spec);
        host.told
    };
    assert_eq!(
        told("literal a | *: | console"),
        [
            "FPLSCA099E Connector \"*:\" is not at the beginning or the end of a pipeline",
            "FPLSCA003I ... Issued from stage 2 of pipeline 1",
            "FPLSCA192I ... Scan at position 12; previous data \"literal a |\"",
            "FPLSCA001I ... Running \"*:\"",
        ]
    );
    assert_eq!(
        told("(end ? nosuch) literal a | console"),
        [
            "FPLSCA014E Option nosuch not valid",
            "FPLSCA192I ... Scan at position 8; previous data \"(end ? \"",
        ]
    );
    for spec in ["|", "(end ?) literal a | hole ? ? hole"] {
        let told = told(spec);
        assert_eq!(told[0], "FPLSCA012E Null pipeline", "{spec}");
        assert!(told[1].starts_with("FPLSCA192I"), "{told:?}");
        assert_eq!(told.len(), 2);
    }
    assert_eq!(told("(msglevel 0) literal a | | hole").len(), 1);
    assert_eq!(told("literal a | (nomsglevel 15) nosuch").len(), 1);
    assert_eq!(
        told("literal a | dup -2")[0],
        "FPLSCA066E Number -2 is not in the range that is valid"
    );
}

#[test]
fn labels_and_places() {
    for (spec, rc) in [
        ("(end ?) literal a|f: fanout|hole ? g: |hole", -46),
        (
            "(end ?) literal a|f: fanout|hole ? literal b|f: fanout|hole",
            -47,
        ),
        ("literal a f: fanout | cons", 0),
        ("(end ?) literal a f: fanout | cons ? f: | cons", -46),
        ("literal a|< test data", -87),
        ("> test data", -127),
        ("(end ?) literal a|s: strip|hole ? s: |hole", -264),
        ("(end ?) literal a|f: fanin|hole ? f: |hole", -1197),
        ("literal a|xlate a|hole", -53),
        ("literal a|between /a/|hole", -211),
        ("literal a|not|hole", -17),
        ("literal a|buffer 0|hole", -66),
        ("literal 1x|delay|hole", -400),
        (
            "(end ?) literal a|l: locate /a/|hole ? literal b|l: |hole",
            -1196,
        ),
        ("*: | hole", -101),
        ("literal a|split (", 0),
        ("literal a|take x", -112),
        ("literal a|take -1", -287),
        ("literal a|locate /a", -60),
        ("literal a|locate 5-3 /a/", -54),
        ("literal a|locate (1 2", -57),
        ("literal a|locate xzz", -65),
        ("literal a|count", -11),
        ("literal a|count foo", -111),
        ("literal a|fanin x|hole", -178),
        ("literal a|fanout stop x|hole", -58),
        ("", -256),
    ] {
        let mut host = TestHost::default();
        assert_eq!(host.run(spec), rc, "{spec} {:?}", host.told);
    }
}

#[test]
fn every_error_is_told_and_the_worst_counts() {
    let (rc, numbers) = told("literal a|locate /a|nosuch|count");
    assert_eq!(rc, -60);
    assert_eq!(
        numbers.iter().filter(|n| [60, 27, 11].contains(n)).count(),
        3
    );
}

#[test]
fn trailing_blanks_are_data() {
    check("literal a |console", 0, &["a "]);
    check("literal  a  |console", 0, &[" a  "]);
    check("literal|console", 0, &[""]);
    check("literal a||b|console", 0, &["a|b"]);
    check("(sep !) literal a|b!console", 0, &["a|b"]);
    check("(esc \") literal a\"|b|console", 0, &["a|b"]);
    check(
        "(end \\ sep |) \\ literal a | console \\ literal b | console \\",
        0,
        &["a ", "b "],
    );
}

#[test]
fn listrc_tells_each_return_code() {
    let (rc, numbers) = told("(listrc) literal a|hole");
    assert_eq!((rc, numbers), (0, vec![20, 3, 1, 20, 3, 1]));
    assert_eq!(told("(listerr) literal a|hole").1, Vec::<i32>::new());
}

#[test]
fn built_in_stages_are_traced() {
    let (rc, numbers) = told("literal|(trace nomsg 15) fanout|hole");
    assert_eq!(rc, 0);
    assert_eq!(
        numbers,
        [28, 34, 31, 36, 35, 39, 31, 33, 31, 34, 31, 20],
        "started, a record looked at, written and consumed, end of file"
    );
    // A filter is traced as if it were a stage of its own, and does the same.
    let mut host = TestHost::default();
    assert_eq!(host.run("(trace) literal abc|locate /b/|xlate|console"), 0);
    assert_eq!(host.said, ["ABC"]);
    assert!(host.told.iter().any(|t| t.contains("\"abc\"")));
}

#[test]
fn a_stall_tells_of_no_more_stages_than_one_can_read() {
    let rest = "? f: | i: ".repeat(150);
    let spec = format!("(end ?) literal a | dup | f: fanout | i: fanin | hole {rest}");
    let (rc, numbers) = told(&spec.replace("| i: ", "| buffer | i: "));
    assert_eq!(rc, 0, "nothing stalls when all is buffered");
    assert_eq!(numbers, [0; 0]);
    let legs = "? literal a | g: ".repeat(120);
    let spec = format!(
        "(end ?) literal a | dup | f: fanout | g: gather | hole {legs} ? f: | h: fanin | hole ? h: | f:"
    );
    let (_, numbers) = told(&spec);
    assert!(numbers.len() <= 120, "{}", numbers.len());
}

#[test]
fn order_is_that_of_the_code_page() {
    // In EBCDIC small letters come first, then capitals, then digits.
    let ebcdic = |spec: &str, said: &[&str]| check_in(CodePage::Ibm1047, spec, 0, said);
    ebcdic("literal 1 A a|split|sort|console", &["a", "A", "1"]);
    ebcdic("literal 1 A a|split|sort d|console", &["1", "A", "a"]);
    ebcdic(
        "literal 1b a1 aA ab|split|sort 2.1 1.1|console",
        &["ab", "1b", "aA", "a1"],
    );
    ebcdic("literal B a|split|sort anycase|console", &["a", "B"]);
    ebcdic("literal a aA ax|split|sort|console", &["a", "ax", "aA"]);
    ebcdic("literal a1 a|split|sort pad 0|console", &["a", "a1"]);
    ebcdic("literal x|pick 1 << /A/|console", &["x"]);
    check("literal x|pick 1 << /A/|console", 0, &[]);
    ebcdic(
        "(end ?) literal a A 1|split|m: merge|console ? literal b B 2|split|m:",
        &["a", "b", "A", "B", "1", "2"],
    );
    ebcdic(
        "(end ?) literal b B 2|split|c: collate 1.1 detail|console ? literal a b 2|split|c:",
        &["b", "2"],
    );
}
