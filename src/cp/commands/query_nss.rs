//! QUERY NSS (z/VM CP Commands: QUERY NSS), of saved systems and saved segments. The columns of MAP are read by EXECs: BEGPAG begins in column
//! 33 and ENDPAG in column 40.

use super::{Ctx, Outcome, line, show};
use crate::base::abbrev;
use crate::base::clock::Civil;
use crate::base::msg::hcp;
use crate::cp::saved::{Entry, Header, ParmRegs, SavedError, Sort};
use crate::cp::words::{self, Words};

/// Which files are asked for.
pub(super) enum Which {
    All,
    Name(Vec<u8>),
    Number(u16),
    Class(u8),
}

impl Which {
    pub(super) fn takes(&self, entry: &Entry) -> bool {
        match self {
            Which::All => true,
            Which::Name(name) => entry.name.eq_ignore_ascii_case(name),
            Which::Number(number) => entry.fileid == *number,
            Which::Class(class) => entry.class == *class,
        }
    }

    /// The files that the next words name, when they name any.
    pub(super) fn read(words: &mut Words<'_>) -> Option<Which> {
        let word = words.peek()?;
        if abbrev::matches("ALL", word) {
            words.next();
            return Some(Which::All);
        }
        if abbrev::matches("NAMe", word) {
            words.next();
            return Some(Which::Name(words.next()?.to_ascii_uppercase()));
        }
        if abbrev::matches("CLass", word) {
            words.next();
            let class = words.next().filter(|c| c.len() == 1)?;
            return Some(Which::Class(class[0].to_ascii_uppercase()));
        }
        let number = words::decimal(word).and_then(|n| u16::try_from(n).ok())?;
        words.next();
        Some(Which::Number(number))
    }
}

enum Form {
    List,
    Map,
    Users,
    Attributes,
}

pub(super) fn query(ctx: &mut Ctx<'_>, words: &mut Words<'_>) -> Outcome {
    let mut which = Which::All;
    let mut form = Form::List;
    while let Some(word) = words.peek() {
        if let Some(read) = Which::read(words) {
            which = read;
        } else if abbrev::matches("MAP", word) {
            words.next();
            form = Form::Map;
        } else if abbrev::matches("ATTRibutes", word) {
            words.next();
            form = Form::Attributes;
        } else if abbrev::matches("USERS", word) {
            words.next();
            form = Form::Users;
            // USERS names its system without the word NAME.
            if let Some(word) = words.peek()
                && Which::read(&mut Words::new(word)).is_none()
            {
                words.next();
                which = Which::Name(word.to_ascii_uppercase());
            }
        } else {
            return Err(hcp::HCPCQV003E.with(&[word]));
        }
    }
    let list = ctx
        .sys
        .saved
        .list()
        .map_err(|e| hcp::HCPNSQ444E.with(&[e.to_string().as_bytes()]))?;
    let list: Vec<Entry> = list.into_iter().filter(|e| which.takes(e)).collect();
    if list.is_empty() {
        ctx.say("NO NSS FILES");
        return Ok(());
    }
    ctx.say(match form {
        Form::List => "OWNERID FILE TYPE CL RECS DATE  TIME     FILENAME FILETYPE ORIGINID",
        Form::Map => {
            "FILE FILENAME FILETYPE MINSIZE  BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP"
        }
        Form::Users => "FILE FILENAME FILETYPE CL",
        Form::Attributes => "FILE FILENAME FILETYPE CL ATTRIBUTES",
    });
    for entry in &list {
        let told = ctx.sys.saved.header(entry).and_then(|header| {
            match form {
                Form::List => list_line(ctx, entry, &header),
                Form::Map => map_lines(ctx, entry, &header)?,
                Form::Users => user_lines(ctx, entry, &header),
                Form::Attributes => attribute_line(ctx, entry, &header),
            }
            Ok(())
        });
        if let Err(e) = told {
            ctx.message(&hcp::HCPNSQ444E.with(&[e.to_string().as_bytes()]));
        }
    }
    Ok(())
}

fn list_line(ctx: &mut Ctx<'_>, entry: &Entry, header: &Header) {
    let offset = i64::from(ctx.sys.clock().zone().offset) * 1_000_000;
    let c = Civil::from_micros(header.created + offset);
    ctx.say(line!(
        "*NSS    {:04} NSS  {}  {:04} {:02}/{:02} {:02}:{:02}:{:02} {:<8} {:<8} {}",
        entry.fileid,
        char::from(entry.class),
        header.records(),
        c.month,
        c.day,
        c.hour,
        c.minute,
        c.second,
        show(&entry.name),
        // This form calls all segments alike.
        match entry.sort {
            Sort::System => entry.sort.code(),
            _ => Sort::Segment.code(),
        },
        show(&header.origin)
    ));
}

fn map_lines(ctx: &mut Ctx<'_>, entry: &Entry, header: &Header) -> Result<(), SavedError> {
    let def = &header.definition;
    let class = char::from(entry.class);
    let users = users_of(ctx, header).len();
    let sort = entry.sort.code();
    if entry.sort != Sort::System {
        let mut ranges: Vec<(u32, u32, &str)> = Vec::new();
        if entry.sort == Sort::Space {
            let members = ctx.sys.saved.space_ranges(header)?;
            let last = members.iter().map(|r| r.last).max();
            if let (Some(first), Some(last)) = (members.first(), last) {
                ranges.push((first.first, last, "--"));
            }
        }
        let own = header.definition.ranges.iter();
        ranges.extend(own.map(|r| (r.first, r.last, r.kind.code())));
        for (first, last, code) in ranges {
            ctx.say(line!(
                "{:04} {:<8} {sort:<8} N/A      {first:05X}  {last:05X}   {code}  {class}  {users:05}  N/A      N/A",
                entry.fileid,
                show(&entry.name),
            ));
        }
        return Ok(());
    }
    let parmregs = match def.parmregs {
        ParmRegs::Range(m, n) => format!("{m:02}-{n:02}"),
        ParmRegs::None => "NONE".into(),
    };
    let group = if def.vmgroup { "YES" } else { "NO" };
    let minsize = format!("{:07}K", def.minsize >> 10);
    for range in &def.ranges {
        ctx.say(line!(
            "{:04} {:<8} {sort:<8} {minsize} {:05X}  {:05X}   {}  {class}  {users:05}  {parmregs:<8} {group}",
            entry.fileid,
            show(&entry.name),
            range.first,
            range.last,
            range.kind.code()
        ));
    }
    Ok(())
}

fn attribute_line(ctx: &mut Ctx<'_>, entry: &Entry, header: &Header) {
    let definition = &header.definition;
    let attributes = [
        (definition.loadnshr, "LOADNSHR"),
        (definition.secure, "SECURE"),
        (definition.vmgroup, "VMGROUP"),
    ];
    let set = attributes
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, name)| *name);
    let set: Vec<&str> = set.collect();
    ctx.say(line!(
        "{:04} {:<8} {:<8} {}  {}",
        entry.fileid,
        show(&entry.name),
        entry.sort.code(),
        char::from(entry.class),
        match set.as_slice() {
            [] => "-".to_string(),
            set => set.join(" "),
        }
    ));
}

fn user_lines(ctx: &mut Ctx<'_>, entry: &Entry, header: &Header) {
    let class = char::from(entry.class);
    ctx.say(line!(
        "{:04} {:<8} {:<8} {class}",
        entry.fileid,
        show(&entry.name),
        entry.sort.code()
    ));
    for user in users_of(ctx, header) {
        ctx.say(line!("     {}", show(&user)));
    }
}

/// Who has IPLed or loaded this very file.
fn users_of(ctx: &Ctx<'_>, header: &Header) -> Vec<Vec<u8>> {
    let uses = |g: &&crate::cp::guest::Guest| {
        let system = g.saved.as_ref().map(|s| &s.header);
        system.is_some_and(|s| s.fileid == header.fileid && s.created == header.created)
            || g.hardware.uses_segment(header.fileid, header.created)
    };
    ctx.sys
        .guests
        .values()
        .filter(uses)
        .map(|g| g.id.clone())
        .collect()
}
