//! The layer table of the code map, held against the `use` lines.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and what it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("num", &["base"]),
    ("rexx", &["num", "base"]),
    ("pipe", &["num", "base"]),
    ("machine", &["base"]),
    ("device", &["machine", "base"]),
    ("cp", &["device", "machine", "base"]),
    ("cms", &["pipe", "rexx", "num", "cp", "base"]),
    ("term", &["cms", "cp", "base"]),
];

/// The files that may say `unsafe`.
const UNSAFE_FILES: &[&str] = &["machine/storage/mod.rs", "base/map.rs"];

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The names that follow `crate::` in a source text, with the line they stand in.
fn imported(text: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + 7..];
            if let Some(list) = rest.strip_prefix('{') {
                let list = list.split('}').next().unwrap_or("");
                names.extend(list.split(',').map(|n| (number + 1, first_word(n.trim()))));
            } else {
                names.push((number + 1, first_word(rest)));
            }
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn imports_run_downwards_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (layer, may) in MAY_IMPORT {
        for file in sources(&src.join(layer)) {
            for (line, name) in imported(&fs::read_to_string(&file).unwrap()) {
                let is_layer = MAY_IMPORT.iter().any(|(l, _)| *l == name);
                if is_layer && name != *layer && !may.contains(&name.as_str()) {
                    wrong.push(format!("{}:{line}: {layer} imports {name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_src_is_a_layer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(
                MAY_IMPORT.iter().any(|(l, _)| *l == name),
                "{name} is in the layer table"
            );
        }
    }
}

#[test]
fn unsafe_stands_only_where_memory_is_mapped() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src) {
        let name = file.strip_prefix(&src).unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let has = text.lines().any(|l| {
            let code = l.split("//").next().unwrap_or("");
            code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl")
        });
        assert!(
            !has || UNSAFE_FILES.contains(&name),
            "{name} has unsafe code"
        );
    }
}
