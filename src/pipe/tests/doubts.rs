//! Points on which sources differ, or that only one of them tells, each settled by the best there is:
//!
//! * the messages of CMS Pipelines 1.1.12 and the tests of its port to Java (`edwardaux/Pipelines`,
//!   `edwardaux/PipelinesTest`); the port to Swift (`edwardaux/Pipes`), which has the explanations of the messages;
//! * the tests of NetRexx Pipelines (`RexxLA/NetRexx`, `examples/pipes`), which quote the book.

use super::check;

#[test]
fn null_operands_are_not_some_that_are_missing() {
    // Message 11: the operands are null. Message 113: some are there, but not all.
    for stage in ["count", "change", "between", "fblock", "specs", "sql"] {
        check(&format!("literal a|{stage}|hole"), -11, &[]);
    }
    for stage in ["join keylen", "console eof"] {
        check(&format!("literal a|{stage}"), -113, &[]);
    }
}

#[test]
fn locate_without_operands_wants_what_is_not_null() {
    let lines = "literal c|literal |literal a";
    check(&format!("{lines}|locate|console"), 0, &["a", "c"]);
    check(
        &format!("{lines}|nlocate|specs />/ 1 1-* n|console"),
        0,
        &[">"],
    );
    // Without a string the range has to be there.
    check("literal abc|literal a|locate 2|console", 0, &["abc"]);
    check("literal abc|literal a|nlocate 2|console", 0, &["a"]);
}

#[test]
fn streams_that_are_not_there() {
    for stage in [
        "fanin 3",
        "fanin x",
        "deal streamid 1",
        "specs outstream 3 1-* 1",
    ] {
        check(&format!("literal 7|{stage}|hole"), -178, &[]);
    }
    for stage in ["fanin", "faninany"] {
        check(
            &format!("(end ?) literal a|f: {stage}|hole ? f: |hole"),
            -1197,
            &[],
        );
    }
    check("(end ?) literal a|s: strip|hole ? s: |hole", -264, &[]);
}

#[test]
fn counts_of_no_return_codes() {
    check("literal |drop 1|aggrc|console", 0, &[]);
    check("literal 4|aggrc|console", 0, &["4"]);
}

#[test]
fn records_between_bounds() {
    let lines = "strliteral /a 1 2 3 b 4/|split";
    // INSIDE counts what it gives, BETWEEN counts the bound too.
    for (stage, found) in [
        ("between /a/ 3", &["a", "1", "2"][..]),
        ("outside /a/ 3", &["3", "b", "4"]),
        ("inside /a/ 1", &["1"]),
        ("inside /a/ 3", &["1", "2", "3"]),
        ("notinside /a/ 3", &["a", "b", "4"]),
    ] {
        check(&format!("{lines}|{stage}|console"), 0, found);
    }
    check("literal a|between /a/ 1|hole", -66, &[]);
    check("literal a|inside /a/ 0|hole", -66, &[]);
}

#[test]
fn pairs_of_records() {
    check(
        "(end ?) strliteral /a a b c d/|split|u: unique pairwise|console ? u: |insert />/|console",
        0,
        &[">a", ">a", "b", "c", "d"],
    );
}

#[test]
fn masters_after_their_details() {
    check(
        "(end ?) strliteral /aM bM/|split|c: collate 1 1 detail master|console ? \
         strliteral /a1 a2 c3/|split|c: |hole ? c: |hole",
        0,
        &["a1", "a2", "aM"],
    );
}

#[test]
fn something_in_a_null_record() {
    let null = "literal |change";
    check(&format!("{null} //x/|console"), 0, &["x"]);
    check(&format!("{null} 3.2 //x/|console"), 0, &[""]);
}

#[test]
fn overlaid_parts_of_one_record() {
    // The book: the second part is laid over the place that it came from.
    check(
        "(end ?) literal abcdef|c: chop 3|o: overlay|console ? c: |insert /   /|o:",
        0,
        &["abcdef"],
    );
    check(
        "(end ?) literal abcdef|f: fanout|specs 1-2 1|o: overlay|console ? f: |specs 5-6 5|o:",
        0,
        &["ab  ef"],
    );
}

#[test]
fn words_set_apart_by_any_of_some_characters() {
    check(
        "literal 3,6/7.3=|space 0 anyof +,./=+|console",
        0,
        &["3673"],
    );
    check("literal  a,,b |space 1 anyof /,/|console", 0, &[" a b "]);
}

#[test]
fn fields_between_quotes() {
    let one = |range: &str, record: &str, found: &str| {
        check(
            &format!("literal {record}|specs fs , q \" {range} 1|console"),
            0,
            &[found],
        );
    };
    one("f2", "a,\"b,c\",d", "b,c");
    one("f3", "a,\"b,c\",d", "d");
    one("f1", "\"\",x", "");
    one("f1", "\"a\"\"b\",x", "a\"\"b");
    one("f2-3", "a,\"b,c\",d", "\"b,c\",d");
    // A quote without a fellow is a character like others.
    one("f-1", "a,\"b,c", "c");
    one("f4", "a,b,c,", "");
    one("f2", "a,b\"c,d\"", "b\"c");
    // The separator that is named anew has no quotes.
    check(
        "literal a,\"b,c\"|specs fs , q \" f1 1 fs , f2 nw|console",
        0,
        &["a \"b"],
    );
    check(
        "literal 1,'b'|literal 2,c|locate fs , q ' f2 /b/|console",
        0,
        &["1,'b'"],
    );
}

#[test]
fn what_sort_has_a_secondary_output_for() {
    let lines = "(end ?) strliteral /b a a/|split|s:";
    check(
        &format!("{lines} sort unique|console ? s: |insert />/|console"),
        0,
        &["a", ">a", "b"],
    );
    check(&format!("{lines} sort|console ? s: |console"), -1197, &[]);
}

#[test]
fn identifiers_are_defined_once() {
    let list = |list: &str| format!("literal a b|specs {list}|console");
    check(&list("a: w1 . a: w2 1"), -1036, &[]);
    check(&list("a: w1 . A: w2 1 id a nw"), 0, &["b a"]);
    check(&list("a: w1 1 break a b: w2 nw"), -1037, &[]);
}

#[test]
fn what_literals_take() {
    check("strliteral ifempty conditional /a/|console", -60, &[]);
    check(
        "literal b|strliteral conditional /a/|console",
        0,
        &["a", "b"],
    );
    check("literal b|hole|strliteral conditional /a/|console", 0, &[]);
}

#[test]
fn counted_strings_and_dates() {
    let one = |stage: &str, list: &str, rc, found: &[&str]| {
        check(&format!("{stage}|specs {list}|console"), rc, found);
    };
    one("literal ab", "1-* v2c 1|specs 1-* c2x 1", 0, &["00026162"]);
    one("strliteral x00026162", "1-* c2v 1", 0, &["ab"]);
    one("strliteral x00036162", "1-* c2v 1", -392, &[]);
    one("literal 123", "1-* x2c 1", -392, &[]);
    one("literal 0110000", "1-* b2c 1", -392, &[]);
}

#[test]
fn messages_that_say_just_what_is_wrong() {
    for (stage, rc) in [
        ("pad 2 modulo 2", -149),
        ("pad modulo 0", -158),
        ("specs select second read 1-* 1", -167),
        ("change (4-6 1-3) /a/b/", -196),
        ("change (1-3 3-5) /a/b/", -196),
        ("change 1-2 /aaa/b/", -197),
        ("collate", -222),
        ("parcel", -222),
        ("update", -222),
        ("specs 1-* c2q 1", -391),
        ("specs 1-* c2c 1", -391),
        ("specs 1-* c2x(2) 1", -639),
        ("zone 1 zone 2 locate /a/", -642),
        ("pick 1 ~~ 2", -687),
        ("spill 5 offset 5", -755),
        ("lookup autoadd 1-3 2-5", -761),
    ] {
        check(&format!("literal a|{stage}|hole"), rc, &[]);
    }
    check("literal a|pad 1 modulo 3 .|console", 0, &["a"]);
    check("literal ab|pad 1 modulo 3 .|console", 0, &["ab.."]);
}
