//! The program stack's commands, and commands about waiting and closing that programs issue.

use super::operands::number;
use super::{Call, Row, Verdict};
use crate::cms::stack::DropError;

/// The family.
pub const ROWS: &[Row] = &[
    Row {
        name: "MAKEBUF",
        operands: "",
        run: makebuf,
        doc: "Makes a new buffer of the program stack; the return code is its number.",
        example: "MAKEBUF",
    },
    Row {
        name: "DROPBUF",
        operands: "[n]",
        run: dropbuf,
        doc: "Drops the newest buffer of the program stack, or buffer n and all newer ones.",
        example: "DROPBUF",
    },
    Row {
        name: "DESBUF",
        operands: "",
        run: desbuf,
        doc: "Clears the program stack and the terminal input buffer.",
        example: "DESBUF",
    },
    Row {
        name: "SENTRIES",
        operands: "",
        run: sentries,
        doc: "The return code is the number of lines on the program stack.",
        example: "SENTRIES",
    },
    Row {
        name: "CONWAIT",
        operands: "",
        run: conwait,
        doc: "Waits until everything written to the console has been shown.",
        example: "CONWAIT",
    },
    Row {
        name: "FINIS",
        operands: "fn ft fm",
        run: finis,
        doc: "Closes files that EXECIO left open.",
        example: "FINIS * * *",
    },
];

fn as_rc(n: usize) -> Verdict {
    Verdict::Rc(i32::try_from(n).unwrap_or(i32::MAX))
}

fn makebuf(call: &mut Call<'_>) -> Verdict {
    as_rc(call.cms.stack.make_buffer())
}

fn dropbuf(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let dropped = match operands.word(0) {
        b"" => call.cms.stack.drop_buffer(None),
        word => match number(word).and_then(|n| usize::try_from(n).ok()) {
            Some(n) => call.cms.stack.drop_buffer(Some(n)),
            None => Err(DropError::NotANumber),
        },
    };
    Verdict::Rc(dropped.err().map_or(0, DropError::rc))
}

fn desbuf(call: &mut Call<'_>) -> Verdict {
    call.cms.stack.clear();
    Verdict::Rc(0)
}

fn sentries(call: &mut Call<'_>) -> Verdict {
    as_rc(call.cms.stack.count())
}

/// Console output is written at once, so there is nothing to wait for.
fn conwait(_call: &mut Call<'_>) -> Verdict {
    Verdict::Rc(0)
}

fn finis(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    let closed = call
        .cms
        .open
        .finis(operands.word(0), operands.word(1), operands.word(2));
    Verdict::Rc(if closed { 0 } else { 6 })
}
