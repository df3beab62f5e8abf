//! Commands that run something else: EXEC, PIPE, CP.

use super::{Call, Row, ToCp, Verdict};
use crate::base::msg::dms;
use crate::cms::fileid::Name;
use crate::cms::search;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "EXec",
        operands: "fn [args]",
        run: exec,
        doc: "Runs the EXEC of that name from the first accessed disk that has it.",
        example: "EXEC SAVELX LXSHR 200",
    },
    Row {
        name: "PIPE",
        operands: "[(options)] stage [| stage] ...",
        run: pipe,
        doc: "Runs a pipeline.",
        example: "PIPE LITERAL Hello | CONSOLE",
    },
    Row {
        name: "PIPMOD",
        operands: "STOP",
        run: pipmod,
        doc: "Tells the stages of pipelines that wait for an external event to wait no longer.",
        example: "PIPMOD STOP",
    },
    Row {
        name: "CP",
        operands: "command",
        run: cp,
        doc: "Passes a command to CP; its return code is CP's.",
        example: "CP QUERY TIME",
    },
];

fn exec(call: &mut Call<'_>) -> Verdict {
    let (word, args) = search::split(call.text);
    if word.is_empty() {
        return call.fail(&dms::DMSEXC042E, &[], 24);
    }
    let fname = match call.origin {
        super::Origin::Command => word.to_vec(),
        _ => word.to_ascii_uppercase(),
    };
    let found = Name::new(&fname, b"EXEC").and_then(|name| search::program(call.cms, &name));
    let Some(found) = found else {
        return call.fail(&dms::DMSEXC002E, &[&[&fname[..], b" EXEC *"].concat()], 28);
    };
    Verdict::Exec {
        found,
        args: args.to_vec(),
        called: word.to_vec(),
    }
}

fn pipe(call: &mut Call<'_>) -> Verdict {
    Verdict::Pipe(call.text.to_vec())
}

fn cp(call: &mut Call<'_>) -> Verdict {
    Verdict::Cp(ToCp::Explicit, call.text.to_vec())
}

fn pipmod(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    if operands.word(0) != b"STOP" || operands.words.len() > 1 {
        let word = operands.words.last().map_or(&[][..], Vec::as_slice);
        return call.fail(&dms::DMSPIP070E, &[word], 24);
    }
    call.cms.stop_pipes = true;
    Verdict::Rc(0)
}
