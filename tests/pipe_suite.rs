//! Whole pipelines (`tests/pipes/README.md`): each is run as a user would, and must print what it says.

use std::fs;
use std::path::Path;

use crate::support::{Place, project};

/// What a file of `tests/pipes` holds.
#[derive(Default)]
struct Case {
    files: Vec<(String, String)>,
    pipe: Option<String>,
    exec: Option<String>,
    expected: String,
}

impl Case {
    fn read(text: &str) -> Case {
        let mut case = Case::default();
        for part in text.split("\n== ").skip(1) {
            let (title, body) = part.split_once('\n').unwrap_or((part, ""));
            let body = format!("{}\n", body.trim_end_matches('\n'));
            match title.split_once(' ') {
                Some(("file", name)) => case.files.push((name.to_owned(), body)),
                _ if title == "pipe" => {
                    case.pipe = Some(body.lines().map(str::trim).collect());
                }
                _ if title == "exec" => case.exec = Some(body),
                _ if title == "expect" => case.expected = body,
                _ => panic!("nothing is called {title}"),
            }
        }
        case
    }

    fn run(&self) -> String {
        let place = Place::new();
        for (name, text) in &self.files {
            fs::write(place.work().join(name), text).unwrap();
        }
        let ran = match (&self.pipe, &self.exec) {
            (Some(spec), None) => place.cms(&["pipe", spec]),
            (None, Some(text)) => {
                fs::write(place.work().join("main.exec"), text).unwrap();
                place.cms(&["rexx", "main.exec"])
            }
            _ => panic!("a case has a pipe or an exec"),
        };
        format!("{}{}", ran.out, ran.err)
    }
}

#[test]
fn whole_pipelines_print_what_they_say() {
    let mut paths: Vec<_> = fs::read_dir(project().join("tests/pipes"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 20, "there are {}", paths.len());
    let mut missed = Vec::new();
    for path in &paths {
        let case = Case::read(&fs::read_to_string(path).unwrap());
        let got = case.run();
        if got != case.expected {
            let name = path.file_name().map(Path::new).unwrap();
            missed.push(format!(
                "{}\n--- expected\n{}--- got\n{got}",
                name.display(),
                case.expected
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
