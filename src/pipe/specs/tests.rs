//! Lists as people write them.

use crate::pipe::Fusion;
use crate::pipe::tests::{TestHost, check};

/// What a list shows for one record.
pub(super) fn shown(list: &str) -> Result<Vec<String>, i32> {
    let mut host = TestHost::default();
    match host.run_with(&format!("literal x y z|specs {list}|console"), Fusion::On) {
        0 => Ok(host.said),
        rc => Err(rc),
    }
}
#[test]
fn streams_that_are_not_there_are_found_before_anything_runs() {
    for list in ["outstream 1 1-* 1", "select 2 1-* 1", "outstream up 1-* 1"] {
        let spec = format!("literal x|cp begin|specs {list}|console");
        let mut host = crate::pipe::tests::TestHost::default();
        assert_eq!(host.run(&spec), -178, "{list}");
        assert!(host.commands.is_empty(), "{list}");
    }
    let spec = "(end ?) literal x|s.up: specs outstream s 1-* 1|console ? s.up: |console";
    assert_eq!(crate::pipe::tests::TestHost::default().run(spec), -178);
    crate::pipe::tests::check("literal x|cp begin|fanin 3|console", -178, &[]);
}

#[test]
fn placement_alignment_and_padding() {
    for (input, list, said) in [
        ("one two three", "w3 1 w1 nw", "three one"),
        ("one two three", "w1 1 w2 n", "onetwo"),
        ("one two", "w1 5 w2 1", "two one"),
        ("abc", "1-* 3.5 right", "    abc"),
        ("abcdef", "1-* 1.3 right", "def"),
        ("abcdef", "1-* 1.3", "abc"),
        ("abc", "1-* 1.7 center /x/ n", "  abc  x"),
        ("abc", "pad * 1-* 3.5", "**abc**"),
        ("abc", "/x/ 1 /y/ nextword.3 /z/ nw", "x y   z"),
        ("abc", "w5 1 w1 nw", "abc"),
        ("abc", "1-* 3-4", "  ab"),
        ("a,b,,d", "fs , f4 1 f3 nw f2 nw", "d b"),
        ("a b", "ws b w1 1", "a "),
        ("  ab  ", "1-* strip 1 /!/ n", "ab!"),
        ("12.5", "1-2 right1.4", "fails"),
        ("a b c", "substr 1 of w2 1", "b"),
        ("a b", "w-1 1", "b"),
        ("abc", "x4142 1 /-/ n", "AB-"),
        ("a b", "a: w2 . w1 1 id a nw", "a b"),
    ] {
        let spec = format!("literal {input}|specs {list}|console");
        match said {
            "fails" => check(&spec, -63, &[]),
            said => check(&spec, 0, &[said]),
        }
    }
}

#[test]
fn numbers_reads_and_writes() {
    check(
        "literal b|literal a|specs number 1 1-* nw|console",
        0,
        &["         1 a", "         2 b"],
    );
    check(
        "literal b|literal a|specs recno from 10 by 5 1.3 right 1-* n|console",
        0,
        &[" 10a", " 15b"],
    );
    // A record number is a field of ten columns, whatever is made of it.
    over(
        "a",
        "recno strip 1 recno c2x nw",
        &["1 20202020202020202031"],
    );
    over(
        "a",
        "recno 1.12 /</ n recno 14.3 left recno strip 17.3",
        &["           1<1    1"],
    );
    // Blanks around a value do not count when the list says how it is aligned.
    for (list, line) in [
        ("recno 1 left /a/ n", "1         a"),
        ("recno 1 center /a/ n", "    1     a"),
        ("recno 1 right /a/ n", "         1a"),
        ("/  ab / 1 left /</ n", "ab   <"),
        ("/  ab / 1.4 right /</ n", "  ab<"),
        ("/  ab / 1.3 /</ n", "  a<"),
        ("/   / 1 left /</ n", "   <"),
    ] {
        over("a", list, &[line]);
    }
    check(
        "literal a b c|split|specs 1-* 1 read 1-* nw /*/ nw|console",
        0,
        &["a b *", "c *"],
    );
    check(
        "literal a b c|split|specs 1-* 1 readstop 1-* nw /*/ nw|console",
        0,
        &["a b *", "c"],
    );
    check("literal a b|specs w1 1 write w2 1|console", 0, &["a", "b"]);
    check(
        "literal a b|split|specs 1-* 1 eof /end/ 1|console",
        0,
        &["a", "b", "end"],
    );
    check(
        "(end ?) literal a|s: specs 1-* 1 write outstream 1 /x/ 1|hole ? s: |console",
        0,
        &["x"],
    );
}

#[test]
fn conversions() {
    for (input, list, said) in [
        ("AB", "1-* c2x 1", "4142"),
        ("4142", "1-* x2c 1", "AB"),
        ("A", "1-* c2b 1", "01000001"),
        ("01000001", "1-* b2c 1", "A"),
        ("A", "1-* c2d 1", "         65"),
        ("1094861636", "1-* d2c 1", "ABCD"),
        ("255", "1-* d2x 1", "000000FF"),
        ("ff", "1-* x2d 1", "         -1"),
        ("a5", "1-* x2b 1", "10100101"),
    ] {
        check(&format!("literal {input}|specs {list}|console"), 0, &[said]);
    }
    check("literal zz|specs 1-* x2c 1|console", -392, &[]);
    check("literal zz|specs 1-* d2c 1|console", -392, &[]);
}

/// Runs a list on records; `;` stands between them.
fn over(records: &str, list: &str, said: &[&str]) {
    check(
        &format!("strliteral /{records}/|split ;|specs {list}|console"),
        0,
        said,
    );
}

/// A list that fails: with records or already when it is read.
fn fails(list: &str, rc: i32) {
    check(&format!("literal x 12 -3|specs {list}|console"), rc, &[]);
}

#[test]
fn counters_and_totals() {
    over(
        "1;2;3;4",
        "1-* 1 a: word 1 . set #0+=a eof /Total:/ 1 print #0 next",
        &["1", "2", "3", "4", "Total:         10"],
    );
    over(
        "5;6;x 1;",
        "printonly eof a: word -1 - set (#0+=a; #1+=1) eof /Total:/ 1 print #0 strip nextword /in/ nextword print #1 strip nextword /records./ nextword",
        &["Total: 12 in 3 records."],
    );
    over(
        "3 -4;5 6",
        "printonly eof h:w1 - v:w2 - set #0+=h;#1+=v eof print #0 1 print #1 nw",
        &["          8           2"],
    );
    over(
        "0.1;0.2;100",
        "printonly eof a: 1-* - set #0+=a eof print #0 1 print #0*3 nw",
        &["      100.3       300.9"],
    );
    over(
        "9007199254740993;1;123456789012345678901234567890",
        "printonly eof a: 1-* - set #0+=a eof print #0 1",
        &["123456789012354686100489308884"],
    );
    // A field that is not there counts as zero; one that is no number is told.
    over(
        "1;;2",
        "printonly eof a: 1-* - set #0+=a eof print #0 1.2 right",
        &[" 3"],
    );
    fails("a: 1 . set #0+=a", -1038);
}

#[test]
fn assignment_operators() {
    for (set, shows) in [
        ("#0:=7", "7"),
        ("#0:=7;#0-=2", "5"),
        ("#0:=7;#0*=2", "14"),
        ("#0:=7;#0/=2", "3.5"),
        ("#0:=7;#0%=2", "3"),
        ("#0:=7;#0//=2", "1"),
        ("#0:=7;#0||||=2", "72"),
        ("#0:=#1:=3;#0+=#1", "6"),
        ("(#0 := 1 ; #0 += 1)", "2"),
        ("#0:=(#1:=4)*2", "8"),
        ("#0:=1;", "1"),
        ("#0:='ab';#0||||='c d'", "abc d"),
    ] {
        assert_eq!(
            shown(&format!("set {set} print ''||||#0 1")),
            Ok(vec![shows.into()]),
            "{set}"
        );
    }
}

#[test]
fn operators_bind_as_in_rexx() {
    for (expr, shows) in [
        ("1+2*3", "7"),
        ("(1+2)*3", "9"),
        ("2**3**2", "64"),
        ("-2**2", "4"),
        ("7%2", "3"),
        ("7//2", "1"),
        ("-7//2", "-1"),
        ("1/3", "0.3333333333333333333333333333333"),
        ("10-2-3", "5"),
        ("1=1.0", "1"),
        ("1==1.0", "0"),
        ("'a'='a '", "1"),
        ("'a'=='a '", "0"),
        ("'abc'<<'abd'", "1"),
        ("'b'>>='a'", "1"),
        ("2<10", "1"),
        ("'2'<<'10'", "0"),
        ("1<>2", "1"),
        ("1!=1", "0"),
        ("1^=2", "1"),
        ("1\\==1", "0"),
        ("!0", "1"),
        ("^1", "0"),
        ("1&0", "0"),
        ("0||1", "1"),
        ("1&&1", "0"),
        ("1||0&0", "1"),
        ("3>2?'yes':'no'", "yes"),
        ("0?1:0?2:3", "3"),
        ("1+1||||'x'", "2x"),
        ("\"it's\"", "it's"),
        ("'it''s'", "it's"),
        ("1e3+.5", "1000.5"),
        ("0&(1/0)", "0"),
        ("#0;5", "5"),
    ] {
        assert_eq!(
            shown(&format!("print (''||||({expr})) 1")),
            Ok(vec![shows.into()]),
            "{expr}"
        );
    }
}

#[test]
fn print_fills_eleven_columns_unless_there_is_a_picture() {
    over("1", "print 2+3 1 /</ n", &["          5<"]);
    over("1", "print -12.50 1", &["     -12.50"]);
    over("1", "print 123456789*1000 1", &["123456789000"]);
    over("1", "print 'text' 1 /</ n", &["text<"]);
    over("1", "print 5 strip 1 /</ n", &["5<"]);
    over("1", "print 1234.5 picture zz,zz9.99 1", &[" 1,234.50"]);
    over("1", "print -5 picture s99 3.5 right", &["    -05"]);
    over("1", "a: print 5 picture 999 . id a 1", &["005"]);
    fails("print 1000 picture 99 1", -1050);
    fails("print 1 picture q 1", -671);
    fails("print 1 picture", -15);
}

#[test]
fn conditions_and_loops() {
    over(
        "1;2;3",
        "a: w1 1 /is/ nextword if a//2 then /odd/ nextword else /even/ nextword endif",
        &["1 is odd", "2 is even", "3 is odd"],
    );
    over(
        "1;2;3;4",
        "a: w1 - if a=1 then /one/ 1 elseif a = 2 then /two/ 1 elseif a=3 then /three/ 1 else /many/ 1 fi /./ n",
        &["one.", "two.", "three.", "many."],
    );
    over(
        "2;0;3",
        "a: 1-* 1 set #1:=a while #1>0 do /*/ n set #1-=1 done",
        &["2**", "0", "3***"],
    );
    over(
        "1;2;4",
        "a: 1.10 - while #0<a do print #0 1.2 r write set #0+=1 done 1-* 1 set #0+=1",
        &[" 0", "1", "2", " 3", "4"],
    );
    over(
        "a;b",
        "if first() then /Header/ 1 write endif 1-* 1",
        &["Header", "a", "b"],
    );
    over(
        "1",
        "if 1 then if 0 then /a/ 1 else /b/ 1 fi fi while 0 do /x/ n done /c/ n",
        &["bc"],
    );
}

#[test]
fn control_breaks() {
    let people = "Payroll,Eddy,Eck;Payroll,Janel,Polen;Finance,Leonard,Cockett;Sales,Damien,Daniel";
    over(
        people,
        "fieldseparator , c: field 1 . field 3 10 /,/ next field 2 nextword break c id c 1",
        &[
            "Payroll  Eck, Eddy",
            "         Polen, Janel",
            "Finance  Cockett, Leonard",
            "Sales    Daniel, Damien",
        ],
    );
    over(
        people,
        "fs , a: f1 . if break(a) then id a 1 /Department:/ nw write endif f3 10 /,/ n f2 nw",
        &[
            "Payroll Department:",
            "         Eck, Eddy",
            "         Polen, Janel",
            "Finance Department:",
            "         Cockett, Leonard",
            "Sales Department:",
            "         Daniel, Damien",
        ],
    );
    // A break of a higher level is one of all lower levels too.
    over(
        "x 1 a;x 1 b;x 2 c;y 2 d",
        "B: w1 . a: w2 . w3 1 break a /minor/ nw break B /major/ nw",
        &["a minor major", "b", "c minor", "d minor major"],
    );
    // Only identifiers that breaks are asked for count.
    over(
        "x 1;x 2",
        "a: w1 . z: w2 1 break a /new/ nw",
        &["1 new", "2"],
    );
    over(
        "1 1;1 2;1 3;2 4;2 5",
        "printonly a a: w1 . w2 1 set #0+=a eof print #0 strip 1",
        &["1", "4", "7"],
    );
    over(
        "1 1;1 2;1 3;2 4;2 5",
        "printonly a keep a: w1 . w2 nw set #0+=a eof print #0 strip 1",
        &["1", "2 3 4", "7"],
    );
}

#[test]
fn the_second_reading_station() {
    over(
        "first record;second line;last one",
        "word 1 1 select second word 1 nextword select first word 2 nextword select second word 2 nextword",
        &[
            "first record",
            "second first line record",
            "last second one line",
            "last one",
        ],
    );
    // A summary line for each group, and a total.
    over(
        "ann 1;ann 2;bob 5;cid 7;cid 1",
        "a: w1 . select second b: w1 . c: w2 . set #0+=c;#1+=c if break(a)&!first() then id b 1.5 print #0 strip nw set #0:=0 else nowrite endif eof write /all/ 1.5 print #1 strip nw",
        &["ann   3", "bob   5", "cid   8", "all   16"],
    );
    over(
        "1;2",
        "if eof() then /end/ 1 else 1-* 1 fi",
        &["1", "2", "end"],
    );
    over(
        "1;2;3",
        "1-* 1 eof select second /last was/ 1 1-* nw",
        &["1", "2", "3", "last was 3"],
    );
}

#[test]
fn streams_in_step() {
    let two = |list: &str, said: &[&str]| {
        check(
            &format!("(end ?) literal 1 2 3|split|s: specs {list}|console ? literal a b|split|s:"),
            0,
            said,
        );
    };
    two("1-* 1 select 1 1-* nw", &["1 a", "2 b", "3"]);
    two("select 1 1-* 1 select 0 1-* nw", &["a 1", "b 2", "3"]);
    two("stop anyeof 1-* 1 select 1 1-* nw", &["1 a", "2 b"]);
    two("stop alleof 1-* 1 select 1 1-* nw", &["1 a", "2 b", "3"]);
    two("stop 1 1-* 1 select 1 1-* nw", &["1 a", "2 b"]);
    two("stop 2 1-* 1 select 1 1-* nw", &["1 a", "2 b", "3"]);
    two("1-* 1 select 1 read 1-* nw", &["1 b", "2", "3"]);
    two("1-* 1 select 1 readstop 1-* nw", &["1 b", "2", "3"]);
    check(
        "(end ?) literal 1|s: specs 1-* 1 select 1 1-* nw|console ? literal a b c|split|s:",
        0,
        &["1 a", "b", "c"],
    );
    check(
        "(end ?) literal 1|s: specs stop anyeof 1-* 1 select 1 1-* nw|console ? literal a b c|split|s:",
        0,
        &["1 a"],
    );
    check(
        "(end ?) literal 1|s: specs 1-* 1 select 1 1-* nw|console ? literal|drop|s:",
        0,
        &["1"],
    );
    two("select 1 1-* 1 eof /end/ 1", &["a", "b", "", "end"]);
    check(
        "(end ?) literal 1|s.x: specs 1-* 1 select y 1-* nw|console ? literal a|s.y:",
        0,
        &["1 a"],
    );
    check("literal 1|specs 1-* 1 select 3 1-* nw|console", -178, &[]);
    check("literal 1|specs 1-* 1 outstream 3|console", -178, &[]);
    check(
        "literal 1|specs 1-* 1 select 1 outstream 3|console",
        -178,
        &[],
    );
    check("literal 1|specs 1-* 1 outstream q|console", -178, &[]);
}

#[test]
fn streams_that_are_written() {
    check(
        "(end ?) literal 1 2 3|split|s: specs a: 1-* 1 if a=2 then outstream 1 fi|i: faninany|console ? s: |specs 1-* 5|i:",
        0,
        &["1", "    2", "3"],
    );
    check(
        "(end ?) literal 1|s: specs 1-* 1 write outstream odd /x/ 1|hole ? s.odd: |console",
        0,
        &["x"],
    );
    // The stage goes on while one of its outputs is there, and stops when none is.
    check(
        "(end ?) literal 1 2 3|split|s: specs 1-* 1 write outstream 1 1-* 1|take 1|hole ? s: |console",
        0,
        &["1", "2", "3"],
    );
    check(
        "literal 1|dup *|specs 1-* 1 number nw|take 2|console",
        0,
        &["1          1", "1          2"],
    );
    check(
        "literal 1|dup *|specs 1-* 1 read 1-* nw|take 1|console",
        0,
        &["1 1"],
    );
}

/// The order in which records arrive over two ways tells whether a stage delays them.
fn both_ways(list: &str) -> Vec<String> {
    let mut host = TestHost::default();
    let spec =
        format!("(end ?) literal 1 2 3|split|f: fanout|specs {list}|i: faninany|console ? f: |i:");
    assert_eq!(host.run_with(&spec, Fusion::On), 0);
    let mut apart = TestHost::default();
    apart.run_with(&spec, Fusion::Off);
    assert_eq!(host.said, apart.said, "{list}");
    host.said
}

#[test]
fn records_are_not_delayed_without_need() {
    for list in [
        "1-* 1 /s/ n",
        "a: 1-* 1 /s/ n set #0+=a eof nowrite",
        "a: 1-* 1 while 0 do done /s/ n",
        "1-* 1 /s/ n write nowrite",
        "a: 1-* 1 /s/ n break a . .",
    ] {
        assert_eq!(both_ways(list), ["1s", "1", "2s", "2", "3s", "3"], "{list}");
    }
    assert_eq!(
        both_ways("select second 1-* 1 /s/ n"),
        ["s", "1", "1s", "2", "2s", "3", "3s"]
    );
    assert_eq!(
        both_ways("1-* 1 read 1-* n /s/ n"),
        ["1", "12s", "2", "3", "3s"]
    );
}

#[test]
fn computed_columns_and_lengths() {
    over("3;1", "a: 1-* - ,*, (a+1)", &["   *", " *"]);
    over("3;1", "a: 1-* - ,xyz, (a).(a) right", &["  xyz", "z"]);
    over("3;1", "a: 1-* - ,x, 2.(a) right /</ n", &["   x<", " x<"]);
    over("3", "a: 1-* 1 /b/ nw.(a) /</ n", &["3 b  <"]);
    over("3", "a: 1-* - /b/ n.( a + 1 ) /</ n", &["b   <"]);
    for bad in [
        "/x/ (0)",
        "/x/ (1-2)",
        "/x/ (1.5)",
        "/x/ 1.(0-1)",
        "/x/ (99999*99999)",
    ] {
        let rc = if bad.contains("999") { -105 } else { -1354 };
        fails(bad, rc);
    }
    fails("/x/ (1)x", -63);
    fails("/x/ (1", -200);
    fails("/x/ 1.(2", -200);
    fails("/x/ 5-3", -63);
    fails("/x/ 3-5.2", -63);
    fails("/x/ next.0", -63);
}

#[test]
fn a_single_field_needs_no_place() {
    check("literal a b c|specs w2|console", 0, &["b"]);
    check("literal a|specs /x/|console", 0, &["x"]);
    check("literal abc|specs 1.2 c2x|console", 0, &["6162"]);
    check(
        "literal 41 x|specs a:w1 - print a+1|strip|console",
        0,
        &["42"],
    );
}

#[test]
fn what_is_wrong_in_a_list_is_told_before_anything_runs() {
    for (list, rc) in [
        ("", -11),
        ("1-* 1 w1", -61),
        ("1-* zz", -63),
        ("1-* 0", -63),
        ("1-* 5-*", -556),
        ("/abc", -60),
        ("x4 1", -335),
        ("5-3 1", -54),
        ("id q 1", -1033),
        ("id qq 1", -1032),
        ("break 1", -1032),
        ("break q", -1033),
        ("printonly q 1-* 1", -1033),
        ("printonly qq 1-* 1", -1032),
        ("set #0+=q", -1033),
        ("set #0+=qq", -1032),
        ("if 1 'x' 1 fi", -1091),
        ("if 1 (1)", -1091),
        ("if 1", -1075),
        ("while 1", -1075),
        ("if 1 then /x/ 1", -1080),
        ("if 1 then else else fi", -1076),
        ("endif", -1076),
        ("done", -1076),
        ("then", -1076),
        ("if 1 then done", -1076),
        ("if 1 then eof fi", -1076),
        ("eof eof", -1076),
        ("a: w1 . eof /x/ 1 break a /y/ 1", -1084),
        ("while 0 do", -1080),
        ("set", -206),
        ("print", -206),
        ("set #0+=", -666),
        ("set 1+", -666),
        ("set #0+ =1", -666),
        ("set (1 2)", -1091),
        ("set 1)", -204),
        ("set (1", -200),
        ("set 5:=1", -1083),
        ("set #0+1:=1", -1083),
        ("set 1?2", -1082),
        ("set 'abc", -60),
        ("set pos('a')", -1078),
        ("set pos('a','b',1,1)", -1078),
        ("set nosuch(1)", -1301),
        ("set #99999", -1561),
        ("set #", -1561),
        ("counters 2 set #2:=1", -1561),
        ("counters x 1-* 1", -58),
        ("stop 0 1-* 1", -66),
        ("stop x 1-* 1", -58),
        ("1-* c2p(x) 1", -58),
    ] {
        check(&format!("literal x|specs {list}|console"), rc, &[]);
    }
    let deep = format!("set {}1{}", "(".repeat(200), ")".repeat(200));
    fails(&deep, -105);
    fails(&format!("set 1{}", "+1".repeat(600)), -105);
    let left = format!("set {}1{}", "(".repeat(90), "+1+1+1+1)".repeat(90));
    assert_eq!(shown(&format!("{left} /x/ 1")), Ok(vec!["x".into()]));
    let sum = format!("print 1{} strip 1", "+1".repeat(499));
    assert_eq!(shown(&sum), Ok(vec!["500".into()]));
    fails(&format!("set {}1", "-".repeat(200)), -105);
    fails(&format!("{} /x/ 1", "if 1 then ".repeat(200)), -105);
}

#[test]
fn what_goes_wrong_while_it_runs_is_told() {
    for (list, rc) in [
        ("print 1/0 1", -668),
        ("print 1//0 1", -668),
        ("print 9e999999999*9e999999999 1", -1039),
        ("print sqrt(-1) 1", -1329),
        ("print countstr('','a') 1", -1572),
        ("print changestr('','a','b') 1", -1572),
        ("print d2c(-1) 1", -1575),
        ("print d2x(1.5) 1", -1575),
        ("print left('a','b') 1", -1038),
        ("print left('a',-1) 1", -1079),
        ("print strip('a','q') 1", -1079),
        ("print left('a',1,'ab') 1", -1079),
        ("print copies('ab',99999999) 1", -105),
        ("print 'a'+1 1", -1038),
        ("if 'a' then fi", -1038),
        ("1 d2c 1", -392),
        ("1 x2c 1", -392),
        ("1 b2c 1", -392),
        ("1 p2c 1", -1038),
        ("1 c2p 1", -1048),
        ("1 c2v 1", -392),
        ("1 i2c 1", -1183),
        ("1-* c2d 1", 0),
    ] {
        let mut host = TestHost::default();
        let rc_got = host.run_with(&format!("literal x 12 -3|specs {list}|console"), Fusion::On);
        assert_eq!(rc_got, rc, "{list} {:?}", host.told);
    }
}

#[test]
fn identifiers_stand_by_their_sources() {
    over(
        "1 2",
        "a:w1 1.3 b:/x/ n c:recno nw.3 d:print a+1 . print a+d+c nw",
        &["1  x   1           4"],
    );
    over(
        "1 2",
        "a: w9 . print length(a) 1 id a nw /x/ n",
        &["          0x"],
    );
    over("ff", "a: 1-* x2d . print a 1", &["         -1"]);
    over("x", ". 1 /y/ n", &["y"]);
}

#[test]
fn records_that_are_not_written() {
    over("1;2;3", "a: 1-* 1 if a=2 then nowrite fi", &["1", "3"]);
    over("1;2", "printonly eof 1-* 1", &[]);
    over("1;2", "printonly eof 1-* 1 write", &["1", "2"]);
    check("literal|specs w1 1|console", 0, &[""]);
    check(
        "literal|drop|specs printonly eof set #0+=1 eof print #0 1.1 right|console",
        0,
        &["0"],
    );
}

#[test]
fn codes_are_those_of_the_session() {
    use crate::base::codepage::CodePage::Ibm1047;
    crate::pipe::tests::check_in(
        Ibm1047,
        "literal A1|specs 1 c2x 1 xc1 n print c2x('1') nw print xrange('i','j')<<'j' strip nw|console",
        0,
        &["C1A F1 1"],
    );
}

#[test]
fn a_loop_without_end_can_be_interrupted() {
    let mut host = TestHost::default();
    let spec = b"literal x|specs while 1 do set #0+=1 done|console";
    let mut pipeline = crate::pipe::Pipeline::new(spec, &mut host).unwrap();
    for _ in 0..20 {
        assert_eq!(pipeline.run(&mut host, 10), crate::pipe::Outcome::Budget);
    }
}

#[test]
fn moves_are_the_same_however_long_the_record_is() {
    over(
        "abcdef;abc;a;abcdefgh",
        "5.2 1 /-/ n 1.2 nw pad * 3.1 9 pad blank 1-* nw",
        &[
            "ef- ab**c abcdef",
            "- ab****c abc",
            "- a a",
            "ef- ab**c abcdefgh",
        ],
    );
    over("abcd;ab", "3.2 1 1.2 1", &["ab", "ab"]);
    over("abcd;ab", "3.2 3 /xyz/ 1", &["xyzd", "xyz"]);
    over(
        "abcd;ab",
        "2.1 1 if first() then /!/ nw fi 1.1 nw",
        &["b ! a", "b a"],
    );
    over("abcd;ab", "3.1 1 while 0 do done 1.1 n", &["ca", "a"]);
}

/// A report as people write them: header, details, a subtotal for each region, a grand total.
#[test]
fn a_sales_report() {
    let sales = "North,ann,1200.50;North,bob,99;South,cid,3100;South,dan,0.25;West,eve,-17.50";
    over(
        sales,
        "fieldseparator , \
         select first r: field 1 . \
         select second g: field 1 . n: field 2 . v: field 3 . \
         if first() then \
           /Region/ 1 /Name/ 9 /Amount/ 23 write /------/ 1 /----/ 9 /------/ 23 write nowrite \
         else \
           set #0+=v;#1+=v id g 1 id n 9 print v picture $$,$$9.99cr 18 write \
           if break(r) then \
             /* total/ 1 id g nextword print #0 picture $$,$$9.99cr 18 write set #0:=0 \
           fi nowrite \
         fi \
         eof /Grand total/ 1 print #1 picture $$,$$9.99cr 18 write",
        &[
            "Region  Name          Amount",
            "------  ----          ------",
            "North   ann      $1,200.50  ",
            "North   bob         $99.00  ",
            "* total North    $1,299.50  ",
            "South   cid      $3,100.00  ",
            "South   dan          $0.25  ",
            "* total South    $3,100.25  ",
            "West    eve         $17.50CR",
            "* total West        $17.50CR",
            "Grand total      $4,382.25  ",
        ],
    );
}

/// A key of one file and the fields of another side by side, with a running balance.
#[test]
fn two_ledgers_in_step() {
    check(
        "(end ?) strliteral /rent 500;food 120.75;fuel 60/|split ;\
         |s: specs stop anyeof a: w1 1.6 b: w2 8.8 right select 1 c: w2 17.8 right set #0+=c-b \
         print #0 picture ----9.99 26 if #0<0 then /short/ nextword fi\
         |console ? strliteral /x 450;y 200;z 10;q 1/|split ;|s:",
        0,
        &[
            "rent        500      450   -50.00 short",
            "food     120.75      200    29.25",
            "fuel         60       10   -20.75 short",
        ],
    );
}

#[test]
fn the_clock_and_fields_apart_by_tabs() {
    over("x", "todclock c2x 1", &["7D91048BCA000000"]);
    over("x", "todclock c2i 1", &["19700101000000000000"]);
    over(
        "a,b",
        "fs , f2 nf f1 nextfield /c/ nextf.3 right",
        &["b\ta\t  c"],
    );
    over("a,b;c", "a: fs , f2 . f1 1 id a nf", &["a\tb", "c"]);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    fn item() -> impl Strategy<Value = String> {
        let source = prop_oneof![
            (1..7usize, 1..5usize).prop_map(|(from, length)| format!("{from}.{length}")),
            (1..7usize).prop_map(|from| format!("{from}-*")),
            "[xyz]{0,3}".prop_map(|text| format!("/{text}/")),
        ];
        let place = prop_oneof![
            Just("n".to_string()),
            Just("nw".to_string()),
            (1..12usize).prop_map(|n| n.to_string()),
            (1..12usize, 1..4usize).prop_map(|(n, length)| format!("{n}.{length}")),
        ];
        (source, place).prop_map(|(source, place)| format!("{source} {place}"))
    }

    proptest! {
        /// What is moved at once is the same as field by field, and as in a stage of its own.
        #[test]
        fn all_ways_build_the_same_line(
            items in prop::collection::vec(item(), 1..6),
            records in prop::collection::vec("[a-f]{1,9}", 1..4),
        ) {
            let list = items.join(" ");
            let show = |list: &str| {
                let mut host = TestHost::default();
                let spec = format!("strliteral /{}/|split ;|specs {list}|console", records.join(";"));
                assert_eq!(host.run_with(&spec, Fusion::On), 0, "{:?}", host.told);
                host.said
            };
            let at_once = show(&list);
            prop_assert_eq!(&at_once, &show(&format!("if 1 then fi {list}")), "{}", list);
            prop_assert_eq!(&at_once, &show(&format!("while 0 do done {list}")), "{}", list);
        }
    }
}
