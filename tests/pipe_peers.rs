//! Pipelines beside what a user would have written with awk, sort, join, sed and grep: the same output, to the
//! byte. The data are made here, with keys that repeat, fields of any number and lines of any length.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use crate::support::Place;

/// A generator that gives the same numbers each time.
struct Numbers(u64);

impl Numbers {
    /// A number below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A folder with the files that the pipelines and their peers read.
fn place() -> Place {
    const WORDS: &[&str] = &[
        "error", "warn", "info", "alpha", "beta", "delta", "x", "yy", "zzz", "BEGIN", "END",
    ];
    let mut numbers = Numbers(5);
    let mut log = String::new();
    for _ in 0..3000 {
        let words = 1 + numbers.below(7);
        for n in 0..words {
            let word = WORDS[usize::try_from(numbers.below(11)).unwrap()];
            let blank = if n > 0 { " " } else { "" };
            write!(log, "{blank}{word}{}", numbers.below(30)).unwrap();
        }
        log.push('\n');
    }
    let mut keys: Vec<u64> = (0..800).collect();
    let mut masters = String::new();
    while !keys.is_empty() {
        let at = numbers.below(keys.len() as u64);
        let key = keys.swap_remove(usize::try_from(at).unwrap());
        writeln!(masters, "k{key:04} master {}", numbers.below(999)).unwrap();
    }
    let mut details = String::new();
    for _ in 0..2000 {
        writeln!(
            details,
            "k{:04} {}",
            numbers.below(1200),
            numbers.below(500)
        )
        .unwrap();
    }
    let place = Place::new();
    for (name, text) in [
        ("in.txt", log),
        ("masters.txt", masters),
        ("details.txt", details),
    ] {
        fs::write(place.work().join(name), text).unwrap();
    }
    place
}

/// A pipeline and the commands that do the same.
const PAIRS: &[(&str, &str)] = &[
    (
        "< in.txt|locate /error1/|count lines|console",
        "grep -cF error1 in.txt",
    ),
    (
        "< in.txt|locate /error1/|nlocate anycase /BETA/|console",
        "grep -F error1 in.txt | grep -viF beta",
    ),
    (
        "< in.txt|split|sort count|sort 1.10 d|take 25|specs 1.10 strip 1 11-* nw|console",
        "tr -s ' ' '\\n' < in.txt | sort | uniq -c | sort -s -k1,1nr | head -25 | awk '{print $1,$2}'",
    ),
    (
        "< details.txt|specs w2 1 /:/ n w1 n recno strip nw|console",
        "awk '{print $2 \":\" $1, NR}' details.txt",
    ),
    (
        "(end ?) < details.txt|l: lookup w1 w1 detail master|console ? < masters.txt|l:",
        "awk 'NR==FNR{m[$1]=$0;next} $1 in m{print;print m[$1]}' masters.txt details.txt",
    ),
    (
        "(end ?) < details.txt|l: lookup w1 w1|hole ? < masters.txt|l: |console",
        "awk 'NR==FNR{m[$1]=$0;next} !($1 in m)' masters.txt details.txt",
    ),
    (
        "(end ?) < masters.txt|sort w1|c: collate w1|hole ? < details.txt|sort w1|c: |console ? c: |hole",
        "sort details.txt > d.sorted; sort masters.txt | join -v1 - d.sorted",
    ),
    (
        "< in.txt|change /alpha/AL/|xlate upper|console",
        "sed s/alpha/AL/g in.txt | tr a-z A-Z",
    ),
    (
        "< details.txt|sort w1|specs printonly k k: w1 . select second l: w1 . n: w2 . set #0+=n break k id l 1 print #0 strip nw set #0:=0|drop 1|console",
        "awk '{s[$1]+=$2} END{for(k in s)print k,s[k]}' details.txt | sort",
    ),
    (
        "< in.txt|inside /BEGIN/ /END/|count lines words bytes|console",
        "awk '/^BEGIN/&&!f{f=1;next} f&&/^END/{f=0;next} f{n++;w+=NF;b+=length($0)} END{print b,w,n}' in.txt",
    ),
    (
        "< in.txt|between /BEGIN/ /END/|console",
        "sed -n '/^BEGIN/,/^END/p' in.txt",
    ),
    ("< in.txt|sort unique|console", "sort -u in.txt"),
    (
        "< in.txt|unique count 1.3|specs 1.10 strip 1|console",
        "cut -c1-3 in.txt | uniq -c | awk '{print $1}'",
    ),
    (
        "< in.txt|fblock 11|strip trailing|console",
        "(tr -d '\\n' < in.txt | fold -w 11; echo) | sed 's/ *$//'",
    ),
    (
        "(end ?) < details.txt|sort|m: merge|console ? < masters.txt|sort|m:",
        "sort details.txt > d.sorted; sort masters.txt | sort -m d.sorted -",
    ),
    (
        "< in.txt|take last 17|drop 3|console",
        "tail -n 17 in.txt | tail -n +4",
    ),
    (
        "< in.txt|chop 20|pad 20|specs 5.3 1 1.2 n 18-* n|console",
        "awk '{s=sprintf(\"%-20.20s\",$0);print substr(s,5,3) substr(s,1,2) substr(s,18)}' in.txt",
    ),
    (
        "< details.txt|sort w2 d w1|console",
        "sort -s -k2,2r -k1,1 details.txt",
    ),
    (
        "< details.txt|pick w2 >= 250 and w1 << /k0600/|console",
        "awk '$2>=250 && $1 < \"k0600\"' details.txt",
    ),
    (
        "< in.txt|join 2 /;/|console",
        "paste -d';' - - - < in.txt | sed 's/;*$//'",
    ),
    (
        "< in.txt|split|strnfind /e/|console",
        "tr -s ' ' '\\n' < in.txt | grep -v '^e'",
    ),
    (
        "< in.txt|xlate 1-* 0-9 #|unique|console",
        "tr 0-9 '#' < in.txt | uniq",
    ),
    (
        "(end ?) < in.txt|l: locate /x/|specs /1/ 1 1-* nw|i: faninany|console ? l: |specs /0/ 1 1-* nw|i:",
        "awk '{print (/x/?1:0),$0}' in.txt",
    ),
];

#[test]
fn pipelines_give_what_their_peers_give() {
    let place = place();
    let mut differ = Vec::new();
    for (spec, script) in PAIRS {
        let ours = place.cms(&["pipe", spec]);
        let peer = Command::new("sh")
            .args(["-c", script])
            .env("LC_ALL", "C")
            .current_dir(place.work())
            .output()
            .unwrap();
        let theirs = String::from_utf8_lossy(&peer.stdout);
        assert!(peer.status.success() && !theirs.is_empty(), "{script}");
        if ours.out != theirs {
            let at = ours
                .out
                .lines()
                .zip(theirs.lines())
                .position(|(a, b)| a != b);
            differ.push(format!(
                "{spec}\n{script}\nfirst in line {at:?}; {}",
                ours.err
            ));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
