//! GLOBALV: named values in groups, for the session (SETS) or for ever (SETP) where wanted
//! (z/VM: CMS Commands and Utilities Reference, GLOBALV).
//!
//! What outlives the session stands in LASTING GLOBALV A, what outlives an IPL in SESSION GLOBALV A: one
//! line `group name value` for each setting, a later line ruling an earlier one.

use std::collections::BTreeMap;

use super::commands::{Call, Row, Verdict};
use super::fileid::Name;
use super::files::Accessed;
use super::stack::Order;
use super::state::State;
use crate::base::msg::dms;
use crate::rexx::Value;

/// The family.
pub const ROWS: &[Row] = &[Row {
    name: "GLOBALV",
    operands: "[INIT] [SELECT [group]] [SET|SETS|SETP name value ...|SETL|SETSL|SETPL name value|GET|PUT|PUTS|PUTP|STACK|LIST [name ...]|GRPLIST|PURGE]",
    run: globalv,
    doc: "Keeps values for other programs to find.",
    example: "GLOBALV SELECT MINE SETL GREETING Hello there",
}];

/// The group when none was selected.
const UNNAMED: &[u8] = b"UNNAMED";

/// The return code when the values cannot be kept.
const NOT_KEPT: i32 = 36;

type Group = BTreeMap<Vec<u8>, Vec<u8>>;

/// All groups.
#[derive(Debug, Default)]
pub struct Globals {
    groups: BTreeMap<Vec<u8>, Group>,
    selected: Option<Vec<u8>>,
    loaded: bool,
}

impl Globals {
    fn set(&mut self, group: &[u8], name: &[u8], value: Vec<u8>) {
        let group = self.groups.entry(group.to_vec()).or_default();
        group.insert(name.to_vec(), value);
    }

    /// The value of a name in a group.
    pub fn get(&self, group: &[u8], name: &[u8]) -> Option<&[u8]> {
        Some(self.groups.get(group)?.get(name)?)
    }
}

/// How long a value lives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Storage,
    Session,
    Lasting,
}

impl Life {
    fn file(self) -> Option<&'static [u8]> {
        match self {
            Life::Storage => None,
            Life::Session => Some(b"SESSION"),
            Life::Lasting => Some(b"LASTING"),
        }
    }
}

/// A subcommand.
#[derive(Clone, Copy)]
enum Verb {
    Set(Life),
    SetLong(Life),
    Put(Life),
    Get,
    Stack(Order),
    List,
    GroupList,
    Purge,
}

const VERBS: &[(&str, Verb)] = &[
    ("SET", Verb::Set(Life::Storage)),
    ("SETS", Verb::Set(Life::Session)),
    ("SETP", Verb::Set(Life::Lasting)),
    ("SETL", Verb::SetLong(Life::Storage)),
    ("SETSL", Verb::SetLong(Life::Session)),
    ("SETLS", Verb::SetLong(Life::Session)),
    ("SETPL", Verb::SetLong(Life::Lasting)),
    ("SETLP", Verb::SetLong(Life::Lasting)),
    ("PUT", Verb::Put(Life::Storage)),
    ("PUTS", Verb::Put(Life::Session)),
    ("PUTP", Verb::Put(Life::Lasting)),
    ("GET", Verb::Get),
    ("STACK", Verb::Stack(Order::Fifo)),
    ("STACKR", Verb::Stack(Order::Lifo)),
    ("LIST", Verb::List),
    ("GRPLIST", Verb::GroupList),
    ("PURGE", Verb::Purge),
];

/// Takes the next word off a text; one blank behind it goes with it.
fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|&c| c != b' ')?;
    let from = &rest[start..];
    let end = from.iter().position(|&c| c == b' ').unwrap_or(from.len());
    *rest = from[end..].strip_prefix(b" ").unwrap_or(&from[end..]);
    Some(&from[..end])
}

fn globalv(call: &mut Call<'_>) -> Verdict {
    load(call.cms);
    let mut rest = call.text;
    let Some(mut word) = next(&mut rest).map(<[u8]>::to_ascii_uppercase) else {
        return call.fail(&dms::DMSGLB047E, &[], 24);
    };
    if word == b"INIT" {
        return Verdict::Rc(0);
    }
    let default = call.cms.globals.selected.clone();
    let mut group = default.unwrap_or_else(|| UNNAMED.to_vec());
    if word == b"SELECT" {
        group = next(&mut rest).unwrap_or(UNNAMED).to_ascii_uppercase();
        match next(&mut rest) {
            None => {
                call.cms.globals.selected = Some(group);
                return Verdict::Rc(0);
            }
            Some(verb) => word = verb.to_ascii_uppercase(),
        }
    }
    let verb = VERBS.iter().find(|(name, _)| name.as_bytes() == word);
    let Some((_, verb)) = verb else {
        return call.fail(&dms::DMSGLB014E, &[&word], 24);
    };
    run(call, &group, *verb, rest)
}

fn run(call: &mut Call<'_>, group: &[u8], verb: Verb, mut rest: &[u8]) -> Verdict {
    match verb {
        Verb::Set(life) => {
            let mut pairs = Vec::new();
            while let Some(name) = next(&mut rest) {
                let value = next(&mut rest).unwrap_or_default().to_vec();
                pairs.push((name.to_ascii_uppercase(), value));
            }
            put(call, group, life, pairs)
        }
        Verb::SetLong(life) => match next(&mut rest) {
            None => call.fail(&dms::DMSGLB050E, &[b"SETL"], 24),
            Some(name) => {
                let pair = (name.to_ascii_uppercase(), rest.to_vec());
                put(call, group, life, vec![pair])
            }
        },
        Verb::Put(life) => {
            let mut pairs = Vec::new();
            while let Some(name) = next(&mut rest) {
                let Some(vm) = call.program.as_deref_mut() else {
                    return call.fail(&dms::DMSGLB618E, &[], 24);
                };
                let value = vm.get_variable(name).map_or_else(Vec::new, |v| v.to_vec());
                pairs.push((name.to_ascii_uppercase(), value));
            }
            put(call, group, life, pairs)
        }
        Verb::Get => get(call, group, rest),
        Verb::Stack(order) => {
            while let Some(name) = next(&mut rest) {
                let name = name.to_ascii_uppercase();
                let value = call.cms.globals.get(group, &name).unwrap_or_default();
                let value = value.to_vec();
                call.cms.stack.put(order, value);
            }
            Verdict::Rc(0)
        }
        Verb::List => list(call, group, rest),
        Verb::GroupList => {
            let names: Vec<Vec<u8>> = call.cms.globals.groups.keys().cloned().collect();
            for name in names {
                call.say(&[b" ", &name[..]].concat());
            }
            Verdict::Rc(0)
        }
        Verb::Purge => {
            call.cms.globals.groups.remove(group);
            Verdict::Rc(0)
        }
    }
}

/// Sets values, and writes those down that are to outlive the session.
fn put(call: &mut Call<'_>, group: &[u8], life: Life, pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Verdict {
    let rc = match life.file() {
        Some(fname) => write(call.cms, fname, group, &pairs),
        None => 0,
    };
    for (name, value) in pairs {
        call.cms.globals.set(group, &name, value);
    }
    Verdict::Rc(rc)
}

fn get(call: &mut Call<'_>, group: &[u8], mut rest: &[u8]) -> Verdict {
    while let Some(name) = next(&mut rest) {
        let upper = name.to_ascii_uppercase();
        let value = call.cms.globals.get(group, &upper).unwrap_or_default();
        let value = Value::from_bytes(value);
        let set = call
            .program
            .as_deref_mut()
            .is_some_and(|vm| vm.set_variable(name, Some(value)).is_ok());
        if !set {
            return call.fail(&dms::DMSGLB618E, &[], 24);
        }
    }
    Verdict::Rc(0)
}

fn list(call: &mut Call<'_>, group: &[u8], mut rest: &[u8]) -> Verdict {
    let mut wanted = Vec::new();
    while let Some(name) = next(&mut rest) {
        wanted.push(name.to_ascii_uppercase());
    }
    let lines: Vec<Vec<u8>> = call
        .cms
        .globals
        .groups
        .get(group)
        .into_iter()
        .flatten()
        .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
        .map(|(name, value)| [b" ", &name[..], b"=", &value[..]].concat())
        .collect();
    call.say(&[b" SELECTED TABLE IS: ", group].concat());
    for line in lines {
        call.say(&line);
    }
    Verdict::Rc(0)
}

/// VALUE with a selector in upper case, `GLOBAL`, `SESSION` or `LASTING` and a group: the old value, null
/// when there is none; then sets `new`. `None` when the selector is none.
pub fn pool_value(
    cms: &mut State,
    name: &[u8],
    new: Option<&[u8]>,
    selector: &[u8],
) -> Option<Vec<u8>> {
    let mut rest = selector;
    let life = match next(&mut rest)? {
        b"GLOBAL" => Life::Storage,
        b"SESSION" => Life::Session,
        b"LASTING" => Life::Lasting,
        _ => return None,
    };
    let group = next(&mut rest).unwrap_or(UNNAMED).to_vec();
    load(cms);
    let old = cms.globals.get(&group, name).unwrap_or_default().to_vec();
    if let Some(new) = new {
        if let Some(fname) = life.file() {
            let pair = (name.to_vec(), new.to_vec());
            write(cms, fname, &group, &[pair]);
        }
        cms.globals.set(&group, name, new.to_vec());
    }
    Some(old)
}

/// Reads what earlier sessions left, once.
fn load(cms: &mut State) {
    if std::mem::replace(&mut cms.globals.loaded, true) {
        return;
    }
    for fname in [&b"LASTING"[..], b"SESSION"] {
        let content = Name::new(fname, b"GLOBALV")
            .and_then(|name| cms.files.get(b'A')?.disk.find(&name)?.content().ok());
        for line in content.unwrap_or_default().split(|&c| c == b'\n') {
            let mut rest = line;
            let words = (next(&mut rest), next(&mut rest));
            if let (Some(group), Some(name)) = words {
                cms.globals.set(group, name, rest.to_vec());
            }
        }
    }
}

/// Adds settings to a file on the A-disk.
fn write(cms: &State, fname: &[u8], group: &[u8], pairs: &[(Vec<u8>, Vec<u8>)]) -> i32 {
    let name = Name::new(fname, b"GLOBALV");
    let accessed = cms.files.get(b'A').filter(|a| Accessed::writable(a));
    let (Some(name), Some(accessed)) = (name, accessed) else {
        return NOT_KEPT;
    };
    let written = accessed.disk.create(&name).and_then(|mut draft| {
        for (name, value) in pairs {
            draft.put(&[group, name, value].join(&b' '))?;
        }
        draft.commit_behind()
    });
    accessed.disk.forget();
    if written.is_ok() { 0 } else { NOT_KEPT }
}
