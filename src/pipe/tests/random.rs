//! Random specifications: never a panic, never a hang, and fusing changes nothing.

use super::program::Script;
use super::*;
use proptest::prelude::*;

/// Stages that end by themselves; `?` is the end character of the specifications made here.
const STAGES: &[&str] = &[
    "strip",
    "split",
    "take 2",
    "take last 2",
    "drop 1",
    "drop last 1",
    "locate /a/",
    "nlocate /a/",
    "x: locate /b/",
    "x:",
    "y: take 1",
    "y:",
    "f: fanout",
    "f:",
    "i: faninany",
    "i:",
    "n: fanin",
    "n:",
    "buffer",
    "elastic",
    "copy",
    "dup 2",
    "count lines words",
    "c: count bytes",
    "c:",
    "sort",
    "unique count",
    "join 2 /-/",
    "change /a/b b/",
    "xlate",
    "specs 1-* 1 recno nw",
    "specs 1-* 1 read 1-* nw",
    "specs printonly eof set #0+=1 eof print #0 1",
    "specs a: 1-* 1 break a /n/ nw",
    "specs select second 1-* 1",
    "s: specs 1-* 1 select 1 1-* nw",
    "s:",
    "tolabel b",
    "frlabel a",
    "not locate /a/",
    "append literal z",
    "preface literal y",
    "literal q",
    "console",
    "hole",
    "stem s.",
    "chop 1",
    "d: dam",
    "d:",
    "p: predselect",
    "p:",
    "m: merge",
    "m:",
    "l: lookup 1 detail",
    "l:",
    "e: deal stop anyeof",
    "e:",
    "g: gather",
    "g:",
    "u: fillup",
    "u:",
    "t: threeway 1",
    "t:",
    "v: combine or",
    "v:",
    "o: elastic",
    "o:",
    "joincont /a/",
    "joincont leading delay /b/",
    "untab",
    "64encode",
    "deblock 1",
    "block 3 linend +",
    "crc each append",
    "digest md5 append",
    "unique pairwise",
    "pick from 1 == /a/ count 2",
    "strtolabel inclusive /b/",
    "instore",
    "spill 3 offset 1",
    "eofback hole",
    "if locate /a/",
    "j: juxtapose",
    "j:",
    "k: collate 1 detail",
    "k:",
    "w: overlay",
    "w:",
    "h: gate",
    "h:",
    "z: synchronise",
    "z:",
    "q: fanintwo",
    "q:",
    "r: if locate /b/",
    "r:",
    "aa: inside /a/ /c/",
    "aa:",
    "ab: lookup autoadd count 1 detail",
    "ab:",
    "ac: fanout stop anyeof",
    "ac:",
    "ad: specs outstream 0 1-* 1 write outstream 1 1-* 1",
    "ad:",
    "ae: deal secondary",
    "ae:",
    "af: sort unique",
    "af:",
    "casei zone 1 locate /A/",
    "snake 2",
    "parcel 1",
    "pipcmd literal",
    "runpipe",
    "noeofback take 1",
    "varfetch",
    "between /a/ 2",
    "outside /b/ /c/",
    "specs a: 1-* 1 if length(a) > 1 then write fi",
    "change /a//",
    "frtarget take 1",
    "totarget locate /b/",
    "mulei 1",
    "mulei 2",
    "mulei 3",
];

/// A stage in REXX that does one of a few things with its streams.
fn mulei(args: &[u8]) -> Box<dyn StageProgram> {
    Script::boxed(match args {
        b"1" => "PEEKTO x\nOUTPUT &X\nREADTO\nSHORT",
        b"2" => {
            "CALLPIPE *: | take 1 | xlate | *:\nREADTO x\nOUTPUT <&X>\nCALLPIPE *: | locate /a/ | *:"
        }
        _ => "ADDPIPE *.output: | change /a/z/ | *.output:\nREADTO x\nOUTPUT &X\nOUTPUT ay\nSHORT",
    })
}

fn in_slices(spec: &str, budget: u64) -> (i32, Vec<String>, Vec<i32>) {
    let mut host = TestHost::default();
    host.programs.insert("MULEI".into(), mulei);
    let rc = host.run_in_slices(spec, Fusion::On, budget);
    (rc, host.said, host.numbers)
}

fn show(spec: &str, fusion: Fusion) -> (i32, Vec<String>) {
    let mut host = TestHost::default();
    host.programs.insert("MULEI".into(), mulei);
    let rc = host.run_with(spec, fusion);
    // Lines of independent pipelines may come in any order.
    host.said.sort();
    (rc, host.said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn fusing_changes_nothing(
        picks in prop::collection::vec(prop::collection::vec(0..STAGES.len(), 0..6), 1..4)
    ) {
        let pipelines: Vec<String> = picks
            .iter()
            .map(|p| {
                let mut stages = vec!["literal a b ab cc a"];
                stages.extend(p.iter().map(|&n| STAGES[n]));
                stages.push("console");
                stages.join("|")
            })
            .collect();
        let spec = format!("(end ?) {}", pipelines.join(" ? "));
        let on = show(&spec, Fusion::On);
        let off = show(&spec, Fusion::Off);
        prop_assert_eq!(on, off, "{}", spec);
        let whole = in_slices(&spec, u64::MAX);
        for budget in [1, 7] {
            prop_assert_eq!(&whole, &in_slices(&spec, budget), "{}", spec);
        }
    }

    #[test]
    fn a_branched_network_is_the_same_fused(
        legs in prop::collection::vec(prop::collection::vec(0..12usize, 0..4), 2..4)
    ) {
        let plain = ["strip", "split", "take 2", "drop 1", "locate /a/", "nlocate /a/", "buffer",
            "dup 1", "count words", "change /a/b b/", "xlate", "copy"];
        let leg = |l: &Vec<usize>| l.iter().map(|&n| format!("{}|", plain[n])).collect::<String>();
        let mut spec = format!("(end ?) literal a b ab cc a|split|f: fanout|{}i: faninany|console", leg(&legs[0]));
        for l in &legs[1..] {
            spec.push_str(&format!("? f: |{}i:", leg(l)));
        }
        let on = show(&spec, Fusion::On);
        prop_assert_eq!(on.0, 0, "{}", spec);
        prop_assert_eq!(on, show(&spec, Fusion::Off), "{}", spec);
    }

    #[test]
    fn any_bytes_are_scanned(spec in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut host = TestHost::default();
        let _ = Pipeline::new(&spec, &mut host);
    }

    #[test]
    fn any_operands_are_read(row in 0..1000usize, operands in "[a-z0-9 ./*;:|()-]{0,20}") {
        let rows: Vec<_> = stages::FAMILIES.iter().copied().flatten().collect();
        let row = rows[row % rows.len()];
        let name = row.names.split(' ').next().unwrap();
        let mut host = TestHost::default();
        let spec = format!("literal x|{name} {operands}|hole");
        let _ = Pipeline::new(spec.as_bytes(), &mut host);
    }

    #[test]
    fn there_and_back(lines in prop::collection::vec("[a-zA-Z0-9 .\\t\u{a0}-\u{ff}-]{1,30}", 0..12)) {
        let mut host = TestHost::default();
        let lines: Vec<Vec<u8>> = lines
            .iter()
            .map(|l| l.chars().filter_map(|c| u8::try_from(c).ok()).collect())
            .collect();
        host.files.borrow_mut().insert("IN DATA".into(), lines.clone());
        for stages in [
            "join * /,/|split ,",
            "reverse|reverse",
            "xlate a2e|xlate e2a",
            "xlate to 1047|xlate from 1047",
            "instore reverse|outstore|instore reverse|outstore",
            "specs 1-* c2x 1|specs 1-* x2c 1",
            "insert /./ after|chop -1",
            "addrdw sf4|deblock adrdw sf4",
        ] {
            let rc = host.run(&format!("< in data|{stages}|> out data"));
            prop_assert_eq!(rc, 0, "{} {:?}", stages, host.told);
            let got = host.files.borrow().get("OUT DATA").cloned().unwrap_or_default();
            prop_assert_eq!(&got, &lines, "{}", stages);
        }
    }

    #[test]
    fn merging_sorted_streams_is_sorting(
        a in prop::collection::vec("[ab]{0,3}", 0..8),
        b in prop::collection::vec("[ab]{0,3}", 0..8),
    ) {
        let mut host = TestHost::default();
        let as_lines = |l: &[String]| l.iter().map(|s| s.clone().into_bytes()).collect::<Vec<_>>();
        host.files.borrow_mut().insert("A DATA".into(), as_lines(&a));
        host.files.borrow_mut().insert("B DATA".into(), as_lines(&b));
        let rc = host.run("(end ?) < a data|sort 1|m: merge 1|console ? < b data|sort 1|m:");
        prop_assert_eq!(rc, 0);
        let merged = std::mem::take(&mut host.said);
        prop_assert_eq!(host.run("< a data|append < b data|sort 1|console"), 0);
        prop_assert_eq!(merged, host.said);
    }
}
