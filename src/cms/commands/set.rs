//! SET and QUERY. What is not CMS's goes on to CP, which has the most of it.

use super::device::vdev_text;
use super::{Call, Operands, Origin, Row, ToCp, Verdict, synonym};
use crate::base::abbrev::matches;
use crate::base::codepage::CodePage;
use crate::base::msg::dms;
use crate::cms::disk::BLOCK;
use crate::cms::files::Accessed;
use crate::cms::level;
use crate::cms::stack::Order;
use crate::cms::state::{ReadyForm, Settings, Switch, Typing};
use crate::cp::Extent;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "SET",
        operands: "function value",
        run: set,
        doc: "Changes a setting of CMS; what CMS does not know is CP's.",
        example: "SET RDYMSG SMSG",
    },
    Row {
        name: "Query",
        operands: "function",
        run: query,
        doc: "Shows a setting or state of CMS; what CMS does not know is CP's.",
        example: "QUERY DISK",
    },
];

/// A setting: its name, the values SET takes, and how it is read and written.
struct Setting {
    name: &'static str,
    values: &'static [&'static str],
    get: fn(&Settings) -> &'static str,
    put: fn(&mut Settings, usize),
}

/// The values of CODEPAGE.
const CODEPAGES: &[&str] = &[
    "HOST", "1047", "037", "1140", "500", "1148", "273", "1141", "277", "1142", "278", "1143",
    "280", "1144", "284", "1145", "285", "1146", "297", "1147", "871", "1149", "437", "850", "858",
];

const ON_OFF: &[&str] = &["OFF", "ON"];

fn switch(at: usize) -> Switch {
    if at == 0 { Switch::Off } else { Switch::On }
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "ABBREV",
        values: ON_OFF,
        get: |s| s.abbrev.text(),
        put: |s, at| s.abbrev = switch(at),
    },
    Setting {
        // The blips of a busy processor are never shown here, so OFF is all there is.
        name: "BLIP",
        values: &["OFF"],
        get: |_| "OFF",
        put: |_, _| {},
    },
    Setting {
        name: "CMSTYPE",
        values: &["HT", "RT"],
        get: |s| {
            if s.typing == Typing::Halted {
                "HT"
            } else {
                "RT"
            }
        },
        put: |s, at| {
            s.typing = if at == 0 {
                Typing::Halted
            } else {
                Typing::Resumed
            }
        },
    },
    Setting {
        // No setting of CMS's own: how code values are seen where the host's text is not EBCDIC.
        name: "CODEPAGE",
        values: CODEPAGES,
        get: |s| {
            let page = |name: &&&str| CodePage::named(name.as_bytes()) == Some(s.level.codepage);
            CODEPAGES.iter().find(page).copied().unwrap_or("HOST")
        },
        put: |s, at| {
            let page = CodePage::named(CODEPAGES[at].as_bytes());
            s.level.codepage = page.unwrap_or_default();
        },
    },
    Setting {
        name: "EXECTRAC",
        values: ON_OFF,
        get: |s| s.exectrac.text(),
        put: |s, at| s.exectrac = switch(at),
    },
    Setting {
        name: "FULLSCREEN",
        values: &["OFF"],
        get: |_| "OFF",
        put: |_, _| {},
    },
    Setting {
        name: "IMPCP",
        values: ON_OFF,
        get: |s| s.impcp.text(),
        put: |s, at| s.impcp = switch(at),
    },
    Setting {
        name: "IMPEX",
        values: ON_OFF,
        get: |s| s.impex.text(),
        put: |s, at| s.impex = switch(at),
    },
    Setting {
        name: "LANGUAGE",
        values: &["AMENG"],
        get: |_| "AMENG",
        put: |_, _| {},
    },
    Setting {
        name: "RDYMSG",
        values: &["LMSG", "SMSG"],
        get: |s| {
            if s.ready == ReadyForm::Short {
                "SMSG"
            } else {
                "LMSG"
            }
        },
        put: |s, at| {
            s.ready = if at == 0 {
                ReadyForm::Long
            } else {
                ReadyForm::Short
            }
        },
    },
];

/// A setting that is kept for QUERY: what it is for is not there, so that any value is as good as another.
struct Kept {
    name: &'static str,
    /// The values, the first one as it is at IPL; none for a number.
    values: &'static [&'static str],
    /// The number as it is at IPL.
    number: &'static str,
}

const fn kept(name: &'static str, values: &'static [&'static str]) -> Kept {
    Kept {
        name,
        values,
        number: "",
    }
}

const fn kept_number(name: &'static str, number: &'static str) -> Kept {
    Kept {
        name,
        values: &[],
        number,
    }
}

const KEPT: &[Kept] = &[
    kept("APL", &["OFF", "ON"]),
    kept("AUTODUMP", &["CMS", "OFF", "ENTIREVM"]),
    kept("AUTOREAD", &["OFF", "ON"]),
    kept("CMS370AC", &["OFF", "ON"]),
    kept("DOS", &["OFF"]),
    kept_number("DOSLNCNT", "56"),
    kept("FILEWAIT", &["OFF", "ON"]),
    kept("FULLREAD", &["OFF", "ON"]),
    kept("GEN370", &["ON", "OFF"]),
    kept("IMESCAPE", &["OFF"]),
    kept("INSTSEG", &["ON", "OFF", "LAST"]),
    kept_number("LDRTBLS", "30"),
    kept("LOADAREA", &["RESPECT", "20000"]),
    kept("OLDCMDS", &["ON", "OFF"]),
    kept("PROTECT", &["ON", "OFF"]),
    kept("RECALL", &["ON", "OFF"]),
    kept("REDTYPE", &["OFF", "ON"]),
    kept("RELPAGE", &["ON", "OFF"]),
    kept("REMOTE", &["OFF", "ON"]),
    kept("RORESPECT", &["OFF", "ON"]),
    kept("STORECLR", &["ENDCMD", "ENDSVC"]),
    kept("TEXT", &["OFF", "ON"]),
    kept("TRAPMSG", &["OFF", "ON"]),
];

fn kept_setting(word: &[u8]) -> Option<&'static Kept> {
    KEPT.iter().find(|k| k.name.as_bytes() == word)
}

/// SET of a setting that is kept.
fn keep(call: &mut Call<'_>, setting: &'static Kept, operands: &Operands) -> Verdict {
    let value = operands.word(1);
    if value.is_empty() {
        return call.fail(&dms::DMSSET050E, &[setting.name.as_bytes()], 24);
    }
    let fits = match setting.values {
        [] => super::operands::number(value).is_some_and(|n| n < 1000),
        values => values.iter().any(|v| v.as_bytes() == value),
    };
    if !fits || operands.words.len() > 2 {
        let word = if fits { operands.word(2) } else { value };
        return call.fail(&dms::DMSSET070E, &[word], 24);
    }
    call.cms.settings.kept.insert(setting.name, value.to_vec());
    Verdict::Rc(0)
}

fn setting(word: &[u8]) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.name.as_bytes() == word)
}

fn set(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let word = operands.word(0);
    if word.is_empty() {
        return call.fail(&dms::DMSSET047E, &[], 24);
    }
    if let Some(kept) = kept_setting(word) {
        return keep(call, kept, &operands);
    }
    let Some(setting) = setting(word) else {
        return hand_on(call, &dms::DMSSET014E, word);
    };
    let value = operands.word(1);
    if value.is_empty() {
        return call.fail(&dms::DMSSET050E, &[word], 24);
    }
    let Some(at) = setting.values.iter().position(|v| v.as_bytes() == value) else {
        return call.fail(&dms::DMSSET070E, &[value], 24);
    };
    if operands.words.len() > 2 {
        return call.fail(&dms::DMSSET070E, &[operands.word(2)], 24);
    }
    (setting.put)(&mut call.cms.settings, at);
    Verdict::Rc(0)
}

/// What is not CMS's is CP's, where CMS may ask CP. QUERY's options STACK, FIFO and LIFO stay with CMS:
/// they put CP's response on the program stack.
fn hand_on(call: &mut Call<'_>, unknown: &'static crate::base::Msg, word: &[u8]) -> Verdict {
    if call.origin == Origin::Command || !call.cms.settings.impcp.is_on() {
        return call.fail(unknown, &[word], 24);
    }
    let options = call.operands().options;
    let order = options.first().and_then(|word| stacking(word));
    let Some(order) = order else {
        return Verdict::Cp(ToCp::Implied, call.line.to_vec());
    };
    let end = call.line.iter().position(|&c| c == b'(');
    let command = call.line[..end.unwrap_or(call.line.len())].trim_ascii_end();
    let reply = call.cms.cp(call.port, command);
    for line in reply.response {
        call.cms.stack.put(order, line);
    }
    Verdict::Rc(reply.rc)
}

/// The order that an option asks lines to be stacked in.
fn stacking(word: &[u8]) -> Option<Order> {
    if matches("STACK", word) || matches("FIFO", word) {
        Some(Order::Fifo)
    } else if matches("LIFO", word) {
        Some(Order::Lifo)
    } else {
        None
    }
}

/// Something QUERY shows that SET does not change.
struct Shown {
    name: &'static str,
    run: fn(&mut Call<'_>, &Operands) -> Verdict,
}

const SHOWN: &[Shown] = &[
    Shown {
        name: "ACCESSED",
        run: query_accessed,
    },
    Shown {
        name: "CMSLEVEL",
        run: query_cmslevel,
    },
    Shown {
        name: "DISK",
        run: query_disk,
    },
    Shown {
        name: "DISPLAY",
        run: query_display,
    },
    Shown {
        name: "SEARCH",
        run: query_search,
    },
    Shown {
        name: "SYNONYM",
        run: |call, operands| {
            let lines = synonym::listed(&call.cms.synonyms);
            give(call, operands, lines)
        },
    },
];

fn query(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let word = operands.word(0);
    if word.is_empty() {
        return call.fail(&dms::DMSQRY047E, &[], 24);
    }
    if let Some(shown) = SHOWN.iter().find(|s| s.name.as_bytes() == word) {
        return (shown.run)(call, &operands);
    }
    if let Some(kept) = kept_setting(word) {
        let first = kept.values.first().copied().unwrap_or(kept.number);
        let set = call.cms.settings.kept.get(kept.name);
        let value = set.map_or(first.as_bytes(), Vec::as_slice);
        let line = format!("{:<8} = {}", kept.name, String::from_utf8_lossy(value));
        return give(call, &operands, vec![line]);
    }
    if let Some(kind) = synonym::LIBRARIES.iter().find(|l| l.as_bytes() == word) {
        return query_libraries(call, kind, &operands);
    }
    let Some(setting) = setting(word) else {
        return hand_on(call, &dms::DMSQRY014E, word);
    };
    if operands.words.len() > 1 {
        return call.fail(&dms::DMSQRY070E, &[operands.word(1)], 24);
    }
    let value = (setting.get)(&call.cms.settings);
    let line = format!("{:<8} = {value}", setting.name);
    give(call, &operands, vec![line])
}

/// Shows the answer, or stacks it as the options STACK, FIFO and LIFO want.
fn give(call: &mut Call<'_>, operands: &Operands, lines: Vec<String>) -> Verdict {
    let mut order = None;
    for word in &operands.options {
        let Some(wanted) = stacking(word) else {
            return call.fail(&dms::DMSQRY003E, &[word], 24);
        };
        order = Some(wanted);
    }
    for line in lines {
        match order {
            Some(order) => call.cms.stack.put(order, line.into_bytes()),
            None => call.say(line.as_bytes()),
        }
    }
    Verdict::Rc(0)
}

/// How many libraries stand on a line.
const LIBRARIES_A_LINE: usize = 8;

/// `TXTLIB   = ONE      TWO`, or NONE.
fn query_libraries(call: &mut Call<'_>, kind: &'static str, operands: &Operands) -> Verdict {
    let names = call.cms.libraries.get(kind).cloned().unwrap_or_default();
    if names.is_empty() {
        return give(call, operands, vec![format!("{kind:<8} = NONE")]);
    }
    let row = |(at, some): (usize, &[Vec<u8>])| {
        let padded = some
            .iter()
            .map(|n| format!("{:<9}", String::from_utf8_lossy(n)));
        let padded: Vec<String> = padded.collect();
        let front = if at == 0 { kind } else { "" };
        let sign = if at == 0 { "=" } else { " " };
        format!("{front:<8} {sign} {}", padded.concat())
            .trim_end()
            .to_string()
    };
    let lines = names.chunks(LIBRARIES_A_LINE).enumerate().map(row);
    let lines = lines.collect();
    give(call, operands, lines)
}

fn query_cmslevel(call: &mut Call<'_>, operands: &Operands) -> Verdict {
    give(call, operands, vec![level::query_text()])
}

fn query_accessed(call: &mut Call<'_>, operands: &Operands) -> Verdict {
    let mut lines = vec![String::from("Mode  Stat     Files  Vdev  Label/Directory")];
    lines.extend(call.cms.files.all().iter().map(|a| {
        format!(
            "{:<6} {:<3}{:>10}  {:<4}  {}",
            a.mode_text(),
            a.status(),
            a.list().len(),
            vdev_text(a.disk.vdev),
            String::from_utf8_lossy(&a.disk.label)
        )
    }));
    give(call, operands, lines)
}

/// The lines of a console here, which scrolls: those of the smallest screen.
const LINES: u32 = 24;

/// `DISPLAY 24 80 …`: programs take the lines and the columns.
fn query_display(call: &mut Call<'_>, operands: &Operands) -> Verdict {
    let columns = match call.cms.linesize(call.port) {
        0 => 80,
        columns => columns,
    };
    let line = format!("DISPLAY {LINES} {columns} 3215 12BIT NODBCS NOCOLOR NOEXTHI NOPSS");
    give(call, operands, vec![line])
}

fn query_search(call: &mut Call<'_>, operands: &Operands) -> Verdict {
    let lines = call.cms.files.all().iter().map(|a| {
        format!(
            "{:<6}  {:<4}  {:<3}  {}",
            String::from_utf8_lossy(&a.disk.label),
            vdev_text(a.disk.vdev),
            a.mode_text(),
            a.status()
        )
    });
    let lines = lines.collect();
    give(call, operands, lines)
}

fn query_disk(call: &mut Call<'_>, operands: &Operands) -> Verdict {
    let word = operands.word(1);
    let wanted: Box<dyn Fn(&Accessed) -> bool> = match word {
        b"" | b"*" => Box::new(|_| true),
        b"R/W" => Box::new(Accessed::writable),
        [letter] if letter.is_ascii_uppercase() => {
            let letter = *letter;
            Box::new(move |a| a.letter == letter)
        }
        word => return call.fail(&dms::DMSQRY070E, &[word], 24),
    };
    let shown: Vec<&Accessed> = call.cms.files.all().iter().filter(|a| wanted(a)).collect();
    if shown.is_empty() && !matches!(word, b"" | b"*" | b"R/W") {
        return call.fail(&dms::DMSQRY069E, &[word], 36);
    }
    let mut lines = vec![String::from(
        "LABEL  VDEV M  STAT   CYL TYPE BLKSZ   FILES  BLKS USED-(%) BLKS LEFT  BLK TOTAL",
    )];
    lines.extend(shown.iter().map(|a| disk_line(a)));
    give(call, operands, lines)
}

/// One line of QUERY DISK: the size is the directory's, whatever room the host's folder has.
fn disk_line(a: &Accessed) -> String {
    let files = a.list();
    let used: u64 = files.iter().map(crate::cms::disk::Entry::blocks).sum();
    let extent = a.disk.extent;
    let total = extent.cms_blocks();
    let left = total.saturating_sub(used);
    let percent = (used * 100).checked_div(total).unwrap_or(0).min(99);
    let cylinders = match extent {
        Extent::Cylinders(n) => n.to_string(),
        Extent::Blocks(_) => "FB".to_owned(),
    };
    format!(
        "{:<6} {:<4} {:<3} {}{cylinders:>6} {} {BLOCK}{:>9}{:>11}-{percent:02}{left:>11}{total:>11}",
        String::from_utf8_lossy(&a.disk.label),
        vdev_text(a.disk.vdev),
        a.mode_text(),
        a.status(),
        extent.device(),
        files.len(),
        used,
    )
}
