//! Reads the source of a user directory: lines into statements, statements into entries.

use std::path::Path;

use indexmap::IndexMap;
use pest::Parser;
use pest::error::{ErrorVariant, LineColLocation};
use pest::iterators::{Pair, Pairs};
use pest_derive::Parser;

use super::{
    Console, Cpu, Directory, Host, HostWhat, Link, MachineMode, Mdisk, Spool, SpoolKind, User,
};
use crate::cp::classes::Classes;
use crate::cp::linux::LinuxDeck;

#[derive(Parser)]
#[grammar = "../grammar/directory.pest"]
struct Grammar;

/// An error of the directory: nothing starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {statement}: {reason}")]
pub struct DirectoryError {
    /// The file, as the caller names it.
    pub file: String,
    /// The line where the statement begins, from 1.
    pub line: usize,
    /// The statement's keyword.
    pub statement: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One logical statement: continuations joined.
struct Statement {
    line: usize,
    text: String,
}

impl Statement {
    fn keyword(&self) -> String {
        let word = self.text.split_whitespace().next().unwrap_or_default();
        word.to_ascii_uppercase()
    }
}

/// Reads a directory. `file` is its name for errors, `base` the folder that relative HOST paths start from.
pub fn parse(source: &str, file: &str, base: &Path) -> Result<Directory, DirectoryError> {
    let mut reader = Reader {
        base,
        users: IndexMap::new(),
        profiles: IndexMap::new(),
        entry: Entry::None,
    };
    for statement in statements(source) {
        reader
            .statement(&statement)
            .map_err(|reason| DirectoryError {
                file: file.to_string(),
                line: statement.line,
                statement: statement.keyword(),
                reason,
            })?;
    }
    for user in reader.users.values_mut() {
        finish(user).map_err(|(line, statement, reason)| DirectoryError {
            file: file.to_string(),
            line,
            statement: statement.to_string(),
            reason,
        })?;
    }
    if reader.users.is_empty() {
        return Err(DirectoryError {
            file: file.to_string(),
            line: source.lines().count().max(1),
            statement: "USER".into(),
            reason: "the directory has no user".into(),
        });
    }
    Ok(Directory {
        users: reader.users.into_values().collect(),
    })
}

/// Joins continued lines (a comma ends them) and drops comments, blank lines and sequence numbers.
fn statements(source: &str) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    let mut open = false;
    for (index, raw) in source.lines().enumerate() {
        let text = without_sequence(raw).trim();
        if text.is_empty() || text.starts_with('*') {
            continue;
        }
        let continues = text.ends_with(',');
        let part = text.trim_end_matches(',').trim_end();
        match out.last_mut() {
            Some(last) if open => {
                last.text.push(' ');
                last.text.push_str(part);
            }
            _ => out.push(Statement {
                line: index + 1,
                text: part.to_string(),
            }),
        }
        open = continues;
    }
    out
}

/// Cards carry a sequence number in columns 73 to 80.
fn without_sequence(line: &str) -> &str {
    match (line.get(..72), line.get(72..)) {
        (Some(text), Some(sequence))
            if sequence.len() == 8 && sequence.bytes().all(|c| c.is_ascii_digit()) =>
        {
            text
        }
        _ => line,
    }
}

enum Entry {
    None,
    User(String),
    Profile(String),
}

struct Reader<'a> {
    base: &'a Path,
    users: IndexMap<String, User>,
    profiles: IndexMap<String, User>,
    entry: Entry,
}

impl Reader<'_> {
    fn statement(&mut self, statement: &Statement) -> Result<(), String> {
        let mut pairs = Grammar::parse(Rule::statement, &statement.text)
            .map_err(|e| explain(&e, &statement.text))?;
        let Some(pair) = pairs.next().and_then(|s| s.into_inner().next()) else {
            return Err("the statement is empty".into());
        };
        match pair.as_rule() {
            Rule::user => self.user(pair, statement.line),
            Rule::profile => self.profile(pair, statement.line),
            Rule::global => Ok(()),
            Rule::include => self.include(pair),
            _ => {
                let base = self.base.to_path_buf();
                let user = match &self.entry {
                    Entry::User(id) => self.users.get_mut(id),
                    Entry::Profile(name) => self.profiles.get_mut(name),
                    Entry::None => None,
                };
                let user = user.ok_or("it stands before the first USER or PROFILE")?;
                apply(user, pair, statement.line, &base)
            }
        }
    }

    fn user(&mut self, pair: Pair<'_, Rule>, line: usize) -> Result<(), String> {
        let mut user = blank(line);
        let mut sizes = Vec::new();
        for field in pair.into_inner() {
            match field.as_rule() {
                Rule::userid => user.id = upper(&field),
                Rule::password => user.password = upper(&field),
                Rule::size => sizes.push(size(field.as_str())?),
                Rule::classes => user.classes = classes(&field)?,
                _ => {}
            }
        }
        if let Some(&storage) = sizes.first() {
            user.storage = storage;
            user.max_storage = sizes.get(1).copied().unwrap_or(storage);
        }
        let id = text(&user.id);
        if self.users.contains_key(&id) {
            return Err(format!("user {id} is already defined"));
        }
        self.users.insert(id.clone(), user);
        self.entry = Entry::User(id);
        Ok(())
    }

    fn profile(&mut self, pair: Pair<'_, Rule>, line: usize) -> Result<(), String> {
        let name = first_upper(pair);
        if self.profiles.contains_key(&name) {
            return Err(format!("profile {name} is already defined"));
        }
        if !self.users.is_empty() {
            return Err("profiles stand before the first user".into());
        }
        self.profiles.insert(name.clone(), blank(line));
        self.entry = Entry::Profile(name);
        Ok(())
    }

    fn include(&mut self, pair: Pair<'_, Rule>) -> Result<(), String> {
        let name = first_upper(pair);
        let Entry::User(id) = &self.entry else {
            return Err("it stands in a user's entry".into());
        };
        let Some(profile) = self.profiles.get(&name) else {
            return Err(format!("profile {name} is not defined"));
        };
        let Some(user) = self.users.get_mut(id) else {
            return Err("it stands in a user's entry".into());
        };
        include(user, profile.clone());
        Ok(())
    }
}

/// An entry with what the book gives where nothing is said.
fn blank(line: usize) -> User {
    User {
        id: Vec::new(),
        password: b"NOLOG".to_vec(),
        storage: 1 << 20,
        max_storage: 1 << 20,
        classes: Classes::G,
        mode: MachineMode::default(),
        cpus: Vec::new(),
        max_cpus: 0,
        console: None,
        spools: Vec::new(),
        mdisks: Vec::new(),
        links: Vec::new(),
        dedicated: Vec::new(),
        hosts: Vec::new(),
        adapters: Vec::new(),
        ipl: None,
        namesave: Vec::new(),
        options: Vec::new(),
        iucv: Vec::new(),
        commands: Vec::new(),
        xautolog: Vec::new(),
        line,
    }
}

/// Copies a profile's statements into an entry; what the entry says itself comes later and wins.
fn include(user: &mut User, profile: User) {
    user.mode = profile.mode;
    user.cpus.extend(profile.cpus);
    user.max_cpus = user.max_cpus.max(profile.max_cpus);
    user.console = profile.console.or(user.console.take());
    user.spools.extend(profile.spools);
    user.mdisks.extend(profile.mdisks);
    user.links.extend(profile.links);
    user.dedicated.extend(profile.dedicated);
    user.hosts.extend(profile.hosts);
    user.adapters.extend(profile.adapters);
    user.ipl = profile.ipl.or(user.ipl.take());
    user.namesave.extend(profile.namesave);
    user.options.extend(profile.options);
    user.iucv.extend(profile.iucv);
    user.commands.extend(profile.commands);
    user.xautolog.extend(profile.xautolog);
}

/// Puts one statement into the entry it stands in.
fn apply(user: &mut User, pair: Pair<'_, Rule>, line: usize, base: &Path) -> Result<(), String> {
    let rule = pair.as_rule();
    match rule {
        Rule::command => user.commands.extend(pair.into_inner().map(|p| bytes(&p))),
        Rule::console => user.console = Some(console(pair)?),
        Rule::cpu => cpu(user, pair)?,
        Rule::dedicate => {
            let mut fields = pair.into_inner();
            let vdev = next_vdev(&mut fields)?;
            let real = fields.next().map(|p| upper(&p)).unwrap_or_default();
            user.dedicated.push((vdev, real));
        }
        Rule::adapter => user.adapters.push(adapter(pair)?),
        Rule::host => user.hosts.push(host(pair, line, base)?),
        Rule::ipl => {
            let mut fields = pair.into_inner();
            let name = fields.next().map(|p| upper(&p)).unwrap_or_default();
            let options = fields.next().map(|p| bytes(&p)).unwrap_or_default();
            user.ipl = Some((name, options));
        }
        Rule::link => user.links.push(link(user, pair)?),
        Rule::machine => machine(user, pair)?,
        Rule::mdisk => user.mdisks.push(mdisk(pair)?),
        Rule::namesave => user.namesave.extend(pair.into_inner().map(|p| upper(&p))),
        Rule::iucv => user
            .iucv
            .extend(pair.into_inner().next().map(|p| upper(&p))),
        Rule::option => user.options.extend(pair.into_inner().map(|p| upper(&p))),
        Rule::spool => user.spools.push(spool(pair)?),
        Rule::xautolog | Rule::autolog => {
            user.xautolog.extend(pair.into_inner().map(|p| upper(&p)));
        }
        Rule::storage => user.storage = size(first(pair).as_str())?,
        Rule::maxstorage => user.max_storage = size(first(pair).as_str())?,
        Rule::class => {
            let letters = first(pair);
            user.classes = Classes::parse(letters.as_bytes()).ok_or("not a privilege class")?;
        }
        _ => {}
    }
    Ok(())
}

fn console(pair: Pair<'_, Rule>) -> Result<Console, String> {
    let mut console = Console {
        vdev: 0,
        kind: 3215,
        secondary: None,
    };
    for field in pair.into_inner() {
        match field.as_rule() {
            Rule::vdev => console.vdev = vdev(&field)?,
            Rule::console_type if field.as_str() == "3270" => console.kind = 3270,
            Rule::secondary => console.secondary = Some(upper(&field)),
            _ => {}
        }
    }
    Ok(console)
}

fn cpu(user: &mut User, pair: Pair<'_, Rule>) -> Result<(), String> {
    let mut cpu = Cpu {
        address: 0,
        serial: None,
    };
    let mut base = false;
    for field in pair.into_inner() {
        match field.as_rule() {
            Rule::cpu_address => {
                cpu.address = u8::from_str_radix(field.as_str(), 16)
                    .ok()
                    .filter(|&a| a < 64)
                    .ok_or("a processor address is 00 to 3F")?;
            }
            Rule::base => base = true,
            Rule::cpuid => cpu.serial = u32::from_str_radix(first(field).as_str(), 16).ok(),
            _ => {}
        }
    }
    if user.cpus.iter().any(|c| c.address == cpu.address) {
        return Err(format!("processor {:02X} is already defined", cpu.address));
    }
    // The base processor is the one that IPL starts: it comes first.
    let at = if base { 0 } else { user.cpus.len() };
    user.cpus.insert(at, cpu);
    Ok(())
}

/// SPECIAL of a channel-to-channel adapter.
fn adapter(pair: Pair<'_, Rule>) -> Result<(u16, Option<Vec<u8>>), String> {
    let mut fields = pair.into_inner();
    let number = next_vdev(&mut fields)?;
    let only = fields.find(|f| f.as_rule() == Rule::userid);
    Ok((number, only.map(|f| upper(&f))))
}

fn host(pair: Pair<'_, Rule>, line: usize, base: &Path) -> Result<Host, String> {
    let mut fields = pair.into_inner();
    let vdev = next_vdev(&mut fields)?;
    let Some(form) = fields.next() else {
        return Err("FOLDER, IMAGE, DECK, LINUX or BUILTIN is missing".into());
    };
    let rule = form.as_rule();
    let mut paths = Vec::new();
    let mut name = String::new();
    let mut parameters = Vec::new();
    let mut writable = matches!(rule, Rule::folder | Rule::image);
    for field in form.into_inner() {
        match field.as_rule() {
            Rule::path => paths.push(base.join(first(field))),
            Rule::access => writable = !field.as_str().to_ascii_uppercase().starts_with('R'),
            Rule::name => name = field.as_str().to_ascii_uppercase(),
            Rule::rest => parameters = field.as_str().trim().as_bytes().to_vec(),
            _ => {}
        }
    }
    let what = match rule {
        Rule::folder => HostWhat::Folder(paths.pop().unwrap_or_default()),
        Rule::image => HostWhat::Image(paths.pop().unwrap_or_default()),
        Rule::deck => HostWhat::Deck(paths),
        Rule::linux => {
            let mut paths = paths.into_iter();
            HostWhat::Linux(LinuxDeck {
                kernel: paths.next().unwrap_or_default(),
                initrd: paths.next(),
                parameters,
            })
        }
        _ if matches!(name.as_str(), "EXECS" | "GUEST") => HostWhat::Builtin(name),
        _ => return Err(format!("nothing called {name} is built in")),
    };
    Ok(Host {
        vdev,
        what,
        writable,
        line,
    })
}

fn link(user: &User, pair: Pair<'_, Rule>) -> Result<Link, String> {
    let mut link = Link {
        owner: user.id.clone(),
        target: 0,
        vdev: 0,
        mode: b"RR".to_vec(),
    };
    let mut numbers = Vec::new();
    for field in pair.into_inner() {
        match field.as_rule() {
            Rule::userid => link.owner = upper(&field),
            Rule::vdev => numbers.push(vdev(&field)?),
            Rule::link_mode => link.mode = upper(&field),
            _ => {}
        }
    }
    link.target = numbers.first().copied().unwrap_or_default();
    link.vdev = numbers.get(1).copied().unwrap_or(link.target);
    check_mode(&link.mode)?;
    Ok(link)
}

/// The access modes of MDISK and LINK; V may follow for virtual reserve/release, and on LINK an S or E
/// for stable and exclusive access.
fn check_mode(mode: &[u8]) -> Result<(), String> {
    const MODES: [&[u8]; 18] = [
        b"R", b"RR", b"W", b"WR", b"M", b"MR", b"MW", b"SR", b"SW", b"SM", b"ER", b"EW", b"RV",
        b"RRV", b"WV", b"WRV", b"MRV", b"MWV",
    ];
    if MODES.contains(&mode) || mode == b"MV" {
        return Ok(());
    }
    Err(format!("{} is no access mode", text(mode)))
}

fn machine(user: &mut User, pair: Pair<'_, Rule>) -> Result<(), String> {
    for field in pair.into_inner() {
        match field.as_rule() {
            Rule::machine_type => {
                user.mode = match field.as_str().to_ascii_uppercase().as_str() {
                    "XA" => MachineMode::Xa,
                    "XC" => MachineMode::Xc,
                    "Z" => MachineMode::Z,
                    "ESA" => MachineMode::Esa,
                    other => return Err(format!("a {other} machine is not supported")),
                }
            }
            _ => {
                user.max_cpus = field
                    .as_str()
                    .parse()
                    .ok()
                    .filter(|n| (1..=64).contains(n))
                    .ok_or("the number of processors is 1 to 64")?;
            }
        }
    }
    Ok(())
}

fn mdisk(pair: Pair<'_, Rule>) -> Result<Mdisk, String> {
    let mut disk = Mdisk {
        vdev: 0,
        kind: Vec::new(),
        start: None,
        size: None,
        volume: Vec::new(),
        temporary: false,
        mode: b"W".to_vec(),
    };
    for field in pair.into_inner() {
        match field.as_rule() {
            Rule::vdev => disk.vdev = vdev(&field)?,
            Rule::disk_type => disk.kind = upper(&field),
            Rule::extent => extent(&mut disk, field)?,
            Rule::link_mode => {
                let mode = upper(&field);
                check_mode(&mode)?;
                disk.mode = mode;
            }
            _ => {}
        }
    }
    Ok(disk)
}

fn extent(disk: &mut Mdisk, pair: Pair<'_, Rule>) -> Result<(), String> {
    for form in pair.into_inner() {
        let rule = form.as_rule();
        disk.temporary = rule == Rule::temporary;
        let mut numbers = Vec::new();
        for field in form.into_inner() {
            match field.as_rule() {
                Rule::number => numbers.push(
                    field
                        .as_str()
                        .parse::<u32>()
                        .map_err(|_| "a number is too large")?,
                ),
                Rule::volume => disk.volume = upper(&field),
                _ => {}
            }
        }
        disk.start = numbers.first().copied().filter(|_| !disk.temporary);
        disk.size = match rule {
            Rule::temporary => numbers.first().copied(),
            _ => numbers.get(1).copied(),
        };
    }
    Ok(())
}

fn spool(pair: Pair<'_, Rule>) -> Result<Spool, String> {
    let mut spool = Spool {
        vdev: 0,
        kind: SpoolKind::Printer,
        model: 1403,
        class: b'A',
    };
    for field in pair.into_inner() {
        match field.as_rule() {
            Rule::vdev => spool.vdev = vdev(&field)?,
            Rule::spool_type => (spool.kind, spool.model) = spool_type(field.as_str())?,
            Rule::class_letter => spool.class = upper(&field).first().copied().unwrap_or(b'A'),
            _ => {}
        }
    }
    Ok(spool)
}

fn spool_type(written: &str) -> Result<(SpoolKind, u16), String> {
    let upper = written.to_ascii_uppercase();
    let mut words = upper.split_whitespace();
    let device = words.next().unwrap_or_default();
    let use_as = words.next();
    let kind = match (device, use_as) {
        ("2540", Some("PUNCH" | "PUN")) => (SpoolKind::Punch, 2540),
        ("2540", Some(_)) => (SpoolKind::Reader, 2540),
        ("2540", None) => return Err("a 2540 is a READER or a PUNCH".into()),
        ("2501", _) => (SpoolKind::Reader, 2501),
        ("3505" | "READER" | "RDR", _) => (SpoolKind::Reader, 3505),
        ("3525" | "PUNCH" | "PUN", _) => (SpoolKind::Punch, 3525),
        (printer, _) => (
            SpoolKind::Printer,
            printer
                .get(..4)
                .and_then(|m| m.parse().ok())
                .unwrap_or(1403),
        ),
    };
    Ok(kind)
}

/// What can be said only when the whole entry is known.
fn finish(user: &mut User) -> Result<(), (usize, &'static str, String)> {
    let line = user.line;
    if user.cpus.is_empty() {
        user.cpus.push(Cpu {
            address: 0,
            serial: None,
        });
    }
    user.max_cpus = user
        .max_cpus
        .max(u8::try_from(user.cpus.len()).unwrap_or(64));
    if user.storage > user.max_storage {
        return Err((line, "USER", "the storage is more than the maximum".into()));
    }
    // A link that only leads to the user's own disk of the same number is what a profile shared by the
    // disk's owner gives: the minidisk is already there.
    let id = user.id.clone();
    user.links
        .retain(|l| !(l.owner == id && l.vdev == l.target));
    let mut seen = std::collections::BTreeSet::new();
    let numbers = (user.console.iter().map(|c| c.vdev))
        .chain(user.spools.iter().map(|s| s.vdev))
        .chain(user.mdisks.iter().map(|m| m.vdev))
        .chain(user.links.iter().map(|l| l.vdev))
        .chain(user.dedicated.iter().map(|d| d.0));
    for number in numbers {
        if !seen.insert(number) {
            return Err((
                line,
                "USER",
                format!("device {number:04X} is defined twice"),
            ));
        }
    }
    let mut hosts = std::collections::BTreeSet::new();
    for host in &user.hosts {
        let fault = |reason: String| Err((host.line, "HOST", reason));
        if !hosts.insert(host.vdev) {
            return fault(format!("device {:04X} has two", host.vdev));
        }
        let is_disk = user.mdisks.iter().any(|m| m.vdev == host.vdev);
        let reader = SpoolKind::Reader;
        let is_reader = user
            .spools
            .iter()
            .any(|s| s.vdev == host.vdev && s.kind == reader);
        let fits = match &host.what {
            HostWhat::Folder(_) | HostWhat::Image(_) => is_disk || !seen.contains(&host.vdev),
            HostWhat::Deck(_) | HostWhat::Linux(_) => is_reader || !seen.contains(&host.vdev),
            HostWhat::Builtin(name) if name == "EXECS" => is_disk || !seen.contains(&host.vdev),
            HostWhat::Builtin(_) => is_reader || !seen.contains(&host.vdev),
        };
        if !fits {
            return fault(format!("device {:04X} is of another kind", host.vdev));
        }
    }
    Ok(())
}

/// A storage size: digits with K, M, G or T; a number alone is bytes.
pub(crate) fn size(written: &str) -> Result<u64, String> {
    let (digits, shift) = match written.bytes().last().map(|c| c.to_ascii_uppercase()) {
        Some(b'K') => (&written[..written.len() - 1], 10),
        Some(b'M') => (&written[..written.len() - 1], 20),
        Some(b'G') => (&written[..written.len() - 1], 30),
        Some(b'T') => (&written[..written.len() - 1], 40),
        _ => (written, 0),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("{written} is no storage size"))?;
    number
        .checked_mul(1 << shift)
        .filter(|&n| n > 0 && n <= 1 << 44)
        .ok_or_else(|| format!("{written} is no storage size"))
}

fn classes(pair: &Pair<'_, Rule>) -> Result<Classes, String> {
    Classes::parse(pair.as_str().as_bytes()).ok_or_else(|| "not a privilege class".to_string())
}

fn vdev(pair: &Pair<'_, Rule>) -> Result<u16, String> {
    u16::from_str_radix(pair.as_str(), 16).map_err(|_| "not a device number".to_string())
}

fn next_vdev(fields: &mut Pairs<'_, Rule>) -> Result<u16, String> {
    match fields.next() {
        Some(field) => vdev(&field),
        None => Err("the device number is missing".into()),
    }
}

fn upper(pair: &Pair<'_, Rule>) -> Vec<u8> {
    pair.as_str().to_ascii_uppercase().into_bytes()
}

fn bytes(pair: &Pair<'_, Rule>) -> Vec<u8> {
    pair.as_str().as_bytes().to_vec()
}

fn first(pair: Pair<'_, Rule>) -> String {
    pair.into_inner()
        .next()
        .map(|p| p.as_str().to_string())
        .unwrap_or_default()
}

fn first_upper(pair: Pair<'_, Rule>) -> String {
    first(pair).to_ascii_uppercase()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A parse error in words: where in the statement, and what may stand there.
fn explain(error: &pest::error::Error<Rule>, statement: &str) -> String {
    let column = match error.line_col {
        LineColLocation::Pos((_, column)) | LineColLocation::Span((_, column), _) => column,
    };
    let before = statement.chars().count() >= column;
    let found: String = statement.chars().skip(column - 1).collect();
    let word = found.split_whitespace().next().unwrap_or_default();
    if column == 1 {
        return "no such statement".into();
    }
    let wanted = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let mut names: Vec<&str> = positives.iter().filter_map(|r| name_of(*r)).collect();
            names.dedup();
            names.join(" or ")
        }
        ErrorVariant::CustomError { .. } => String::new(),
    };
    match (before && !word.is_empty(), wanted.is_empty()) {
        (true, true) => format!("{word} does not belong here"),
        (true, false) => format!("{word} stands where {wanted} belongs"),
        (false, true) => "something is missing at its end".into(),
        (false, false) => format!("{wanted} is missing at its end"),
    }
}

fn name_of(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::userid | Rule::secondary => "a user identification",
        Rule::vdev => "a device number",
        Rule::number => "a number",
        Rule::size => "a storage size",
        Rule::classes => "privilege classes",
        Rule::password => "a password",
        Rule::name | Rule::ipl_name => "a name",
        Rule::ipl_options => "LOADPARM with 1 to 8 letters and digits, PARM with text",
        Rule::console_type => "3215 or 3270",
        Rule::cpu_address => "a processor address",
        Rule::serial => "six hexadecimal digits",
        Rule::path | Rule::plain | Rule::quoted => "a path",
        Rule::access | Rule::link_mode => "an access mode",
        Rule::machine_type => "a machine type",
        Rule::disk_type => "a disk type",
        Rule::extent | Rule::volume_extent => "where the disk lies",
        Rule::volume => "a volume label",
        Rule::spool_type => "a unit record device type",
        Rule::folder | Rule::image | Rule::deck | Rule::builtin => "FOLDER, IMAGE, DECK or BUILTIN",
        Rule::word | Rule::rest => "an operand",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::DEFAULT;
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn read(source: &str) -> Result<Directory, DirectoryError> {
        parse(source, "system.direct", Path::new("/base"))
    }

    fn fault(source: &str) -> String {
        read(source).unwrap_err().to_string()
    }

    #[test]
    fn the_default_system_is_the_contract() {
        let d = read(DEFAULT).unwrap();
        let u = &d.users[0];
        assert_eq!(u.id, b"LINUX1");
        assert_eq!((u.storage, u.classes.show()), (64 << 20, b"EG".to_vec()));
        assert_eq!(u.console.as_ref().unwrap().vdev, 9);
        assert_eq!(u.ipl.as_ref().unwrap().0, b"CMS");
        assert_eq!(u.hosts[1].what, HostWhat::Folder("/base/.".into()));
        assert_eq!(
            u.spools.iter().map(|s| s.vdev).collect::<Vec<_>>(),
            [12, 13, 14]
        );
        assert!(u.links.is_empty());
        assert_eq!(d.user(b"linux2").unwrap().links[0].owner, b"LINUX1");
    }

    #[test]
    fn a_real_entry_reads() {
        let d = read(
            "GLOBALDEFS\n\
             PROFILE IBMDFLT\n  SPOOL 000C 2540 READER *\n  CONSOLE 009 3215 T\n\
             USER TCPMAINT WD5JU8QP 128M 256M ABCDEFG\n\
             INCLUDE IBMDFLT\n ACCOUNT 1 TCPMAINT\n * a comment\n\
             MACHINE XA 4\n CPU 00 BASE CPUID 0A1B2C\n CPU 1\n OPTION MAINTCCW,\n   DIAG98\n\
             IPL CMS LOADPARM 2.a PARM AUTOCR  NOSPROF\n\
             MDISK 191 3390 1 007 M01W01 MR READ WRITE MULTIPLE\n MDISK 200 FB-512 T-DISK 1000\n\
             LINK MAINT 0190 0190 RR\n SHARE RELATIVE 1500\n NAMESAVE GCS MONDCSS\n DEDICATE 0600 0A00\n",
        )
        .unwrap();
        let u = d.user(b"TCPMAINT").unwrap();
        assert_eq!(u.options, [b"MAINTCCW".to_vec(), b"DIAG98".to_vec()]);
        assert_eq!(u.cpus.len(), 2);
        assert_eq!(u.cpus[0].serial, Some(0x0A1B2C));
        assert_eq!(
            u.ipl.as_ref().unwrap().1,
            b"LOADPARM 2.a PARM AUTOCR  NOSPROF"
        );
        assert_eq!(
            (u.mdisks[0].size, u.mdisks[0].volume.as_slice()),
            (Some(7), &b"M01W01"[..])
        );
        assert!(u.mdisks[1].temporary);
        assert_eq!(u.spools[0].kind, SpoolKind::Reader);
        assert_eq!(u.namesave.len(), 2);
        assert_eq!(u.max_cpus, 4);
    }

    #[test]
    fn sequence_numbers_and_comment_lines_are_no_part() {
        let d = read(&format!("{:<72}00010000\n", "USER A NOPASS 1M 1M G")).unwrap();
        assert_eq!(d.users[0].classes.show(), b"G");
    }

    #[test]
    fn errors_name_file_line_and_statement() {
        let cases = [
            (
                "USER A NOPASS\nMDISC 191 3390 1 7 V",
                "line 2: MDISC: no such statement",
            ),
            (
                "USER A NOPASS\nMDISK 191X 3390 1 7 V",
                "line 2: MDISK: 191X stands where a device number belongs",
            ),
            ("USER A NOPASS\nMDISK 191 3390", "line 2: MDISK:"),
            ("USER A NOPASS 64Q", "line 1: USER: 64Q"),
            (
                "USER A NOPASS 64M 32M",
                "line 1: USER: the storage is more than the maximum",
            ),
            (
                "USER TOOLONGNAME NOPASS",
                "line 1: USER: TOOLONGNAME stands where a user identification",
            ),
            (
                "USER A NOPASS\nUSER A NOPASS",
                "line 2: USER: user A is already defined",
            ),
            (
                "CONSOLE 9 3215",
                "line 1: CONSOLE: it stands before the first USER",
            ),
            (
                "USER A NOPASS\nINCLUDE P",
                "line 2: INCLUDE: profile P is not defined",
            ),
            (
                "USER A NOPASS\nSPOOL C 2540",
                "line 2: SPOOL: a 2540 is a READER or a PUNCH",
            ),
            (
                "USER A NOPASS\nSPOOL 9 2540 R\nCONSOLE 9 3215",
                "line 2: SPOOL:",
            ),
            (
                "USER A NOPASS\nSPOOL 9 1403\nCONSOLE 9 3215",
                "line 1: USER: device 0009 is defined twice",
            ),
            (
                "USER A NOPASS\nHOST 200 TAPE x",
                "line 2: HOST: TAPE stands where",
            ),
            ("USER A NOPASS\nHOST 200 LINUX", "line 2: HOST:"),
            (
                "USER A NOPASS\nHOST 200 BUILTIN X",
                "line 2: HOST: nothing called X is built in",
            ),
            (
                "USER A NOPASS\nSPOOL E 1403\nHOST E FOLDER x",
                "line 3: HOST: device 000E is of another kind",
            ),
            (
                "USER A NOPASS\nMACHINE 370",
                "line 2: MACHINE: a 370 machine is not supported",
            ),
            ("USER A NOPASS 1M 1M G7", "line 1: USER:"),
            ("* nothing", "line 1: USER: the directory has no user"),
            (
                "USER A NOPASS\nLINK MAINT 190 190 XX",
                "line 2: LINK: XX is no access mode",
            ),
        ];
        for (source, wanted) in cases {
            let got = fault(source);
            assert!(got.contains(wanted), "{source:?}: {got}");
            assert!(got.starts_with("system.direct, "), "{got}");
        }
    }

    #[test]
    fn linux_has_a_kernel_perhaps_a_ramdisk_and_parameters_as_typed() {
        let linux = |rest: &str| {
            let d = read(&format!("USER A NOPASS\nHOST 200 LINUX {rest}")).unwrap();
            match d.users[0].hosts[0].what.clone() {
                HostWhat::Linux(deck) => deck,
                other => panic!("{other:?}"),
            }
        };
        let deck = linux("'my kernel' i PARM console=ttyS0  Quiet");
        assert_eq!(deck.kernel, PathBuf::from("/base/my kernel"));
        assert_eq!(deck.initrd, Some("/base/i".into()));
        assert_eq!(deck.parameters, b"console=ttyS0  Quiet");
        let deck = linux("k parm PARMx=1");
        assert_eq!(deck.initrd, None);
        assert_eq!(deck.parameters, b"PARMx=1");
        assert_eq!(linux("k").parameters, b"");
    }

    #[test]
    fn host_paths_may_be_quoted_and_start_at_the_folder() {
        let d =
            read("USER A NOPASS\nHOST 191 FOLDER 'my files' RR\nHOST 200 DECK k.img 'p q' /abs/i")
                .unwrap();
        let h = &d.users[0].hosts;
        assert_eq!(h[0].what, HostWhat::Folder("/base/my files".into()));
        assert!(!h[0].writable);
        assert_eq!(
            h[1].what,
            HostWhat::Deck(vec![
                "/base/k.img".into(),
                "/base/p q".into(),
                "/abs/i".into()
            ])
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(s in "\\PC{0,200}") {
            let _ = read(&s);
        }

        #[test]
        fn mangled_statements_give_an_error_or_a_directory(
            words in proptest::collection::vec("(USER|MDISK|LINK|HOST|191|0C|3390|NOPASS|END|64M|,|\n|\\*|'|PARM|IPL|CMS|SPOOL|2540|READER|FOLDER)", 0..30)
        ) {
            let _ = read(&format!("USER A NOPASS\n{}", words.join(" ")));
        }

        #[test]
        fn any_user_with_good_operands_reads(id in "[A-Z][A-Z0-9]{0,7}", mega in 1u64..2047, vdev in 0u16..) {
            let d = read(&format!("USER {id} NOPASS {mega}M 4G EG\nCONSOLE {vdev:X} 3215")).unwrap();
            prop_assert_eq!(d.users[0].storage, mega << 20);
            prop_assert_eq!(d.users[0].console.as_ref().unwrap().vdev, vdev);
        }
    }
}
