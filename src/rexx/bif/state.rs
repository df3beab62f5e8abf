//! Built-in functions that ask the running program for its state (ANSI X3.274 sections 9.5 and 9.8;
//! SC24-5770 chapter 3).

use crate::base::msg::rexx as catalogue;
use crate::num::{Form, Number, Settings};

use super::args::{count, given, number, option, text, whole};
use super::check::is_symbol;
use super::{Asks, Bif, BifContext, ConditionPart, Dialect, Error, Symbol, Value};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "ADDRESS",
        "oEINO",
        address,
        "The environment that commands go to.",
        "ADDRESS() == 'CMS'",
    ),
    Bif::new(
        "ARG",
        "oWHOLE>0 oENO",
        arg,
        "How many arguments there are; one of them; whether it exists or was omitted.",
        "ARG() == 0",
    ),
    Bif::new(
        "CONDITION",
        "oCDEIS",
        condition,
        "What is known of the condition that was trapped last.",
        "CONDITION('C') == ''",
    ),
    Bif::new(
        "DIGITS",
        "",
        digits,
        "The setting of NUMERIC DIGITS.",
        "DIGITS() == 9",
    ),
    Bif::new(
        "ERRORTEXT",
        "r0_90 oSN",
        errortext,
        "The text of an error number.",
        "ERRORTEXT(16) == 'Label not found'",
    ),
    Bif::new(
        "FORM",
        "",
        form,
        "The setting of NUMERIC FORM.",
        "FORM() == 'SCIENTIFIC'",
    ),
    Bif::new(
        "FUZZ",
        "",
        fuzz,
        "The setting of NUMERIC FUZZ.",
        "FUZZ() == 0",
    ),
    Bif::new(
        "QUEUED",
        "",
        queued,
        "How many lines are on the stack.",
        "QUEUED() == 0",
    )
    .by_exit(Asks::Other),
    Bif::new(
        "SOURCELINE",
        "oWHOLE>0",
        sourceline,
        "How many lines the program has, or one of them.",
        "SOURCELINE(1) == SOURCELINE(1)",
    ),
    Bif::new(
        "SYMBOL",
        "rANY",
        symbol,
        "VAR, LIT or BAD: whether a name is a variable with a value, another symbol, or none.",
        "SYMBOL('*') == 'BAD'",
    ),
    Bif::new(
        "TRACE",
        "oACEFILNOR",
        trace,
        "The trace setting, and sets another.",
        "TRACE() == 'N'",
    ),
    Bif::new(
        "VALUE",
        "rANY oANY oANY",
        value,
        "The value of the symbol that is named, and assigns another.",
        "VALUE('NO.SUCH') == 'NO.SUCH'",
    ),
];

/// The reserved symbols of the standard (ANSI X3.274 section 6.2.3), which are asked for as functions are
/// and cannot be called as such, and the note that `.RESULT` needs.
pub(super) const RESERVED: &[Bif] = &[
    symbol_row(".MN", "Number and subcode of the last SYNTAX condition."),
    symbol_row(".RC", "The return code of the last command."),
    symbol_row(super::RESULT_SYMBOL, "What the last CALL gave."),
    symbol_row(
        ".RS",
        "Whether the last command ended well: 0, an error 1, a failure -1.",
    ),
    symbol_row(".SIGL", "The line of the last call or signal."),
    Bif::new(
        super::NOTE_RESULT,
        "",
        note_result,
        "Notes what a CALL gave.",
        "",
    ),
];

const fn symbol_row(name: &'static str, doc: &'static str) -> Bif {
    Bif::new(name, "", reserved, doc, "")
}

type Context<'a> = BifContext<'a>;
type Args = [Option<Value>];
type Outcome = Result<Value, Error>;

fn address(context: &mut Context, args: &Args) -> Outcome {
    Ok(Value::from_vec(match option(args, 0, b'N') {
        b'N' => context.host.address(),
        which => context.host.address_stream(which),
    }))
}

fn arg(context: &mut Context, args: &Args) -> Outcome {
    let Some(number) = whole(args, 0) else {
        if given(args, 1).is_some() {
            return Err(context.fail(5, &[b"1"]));
        }
        return count(context.host.arg_count());
    };
    let value = context.host.arg(number);
    Ok(match option(args, 1, b'N') {
        b'E' => Value::truth(value.is_some()),
        b'O' => Value::truth(value.is_none()),
        _ => value.unwrap_or_default(),
    })
}

fn condition(context: &mut Context, args: &Args) -> Outcome {
    let part = match option(args, 0, b'I') {
        b'C' => ConditionPart::Name,
        b'D' => ConditionPart::Description,
        b'E' => ConditionPart::Extra,
        b'S' => ConditionPart::State,
        _ => ConditionPart::Instruction,
    };
    Ok(Value::from_vec(context.host.condition(part)))
}

fn digits(context: &mut Context, _: &Args) -> Outcome {
    Ok(Value::int(i64::from(context.settings.digits)))
}

fn fuzz(context: &mut Context, _: &Args) -> Outcome {
    Ok(Value::int(i64::from(context.settings.fuzz)))
}

fn form(context: &mut Context, _: &Args) -> Outcome {
    Ok(Value::from(match context.settings.form {
        Form::Scientific => "SCIENTIFIC",
        Form::Engineering => "ENGINEERING",
    }))
}

fn errortext(context: &mut Context, args: &Args) -> Outcome {
    // The checker has seen to it that this is n or n.m with small n and m.
    let plain = number(args, 0).format(&Settings::default());
    let mut parts = plain.split(|b| *b == b'.');
    let mut part = || {
        let text = parts.next().unwrap_or(b"0");
        Number::parse(text)
            .and_then(|n| n.to_i64())
            .and_then(|v| u16::try_from(v).ok())
            .unwrap_or(0)
    };
    let (code, subcode) = (part(), part());
    let level = match option(args, 1, b'N') {
        b'S' => Dialect::Ansi,
        _ => context.dialect,
    };
    if subcode != 0 {
        let text = catalogue::subtext(code, subcode, &[]);
        return Ok(Value::from_vec(text.unwrap_or_default()));
    }
    Ok(Value::from(level.error_text(code)))
}

fn reserved(context: &mut Context, _: &Args) -> Outcome {
    let value = context.host.reserved(context.name);
    Ok(value.unwrap_or_else(|| Value::from(context.name)))
}

fn note_result(context: &mut Context, _: &Args) -> Outcome {
    context.host.note_result();
    Ok(Value::empty())
}

fn queued(_: &mut Context, _: &Args) -> Outcome {
    // The Vm leaves with an exit for this row; to come here is a fault of the interpreter.
    Err(Error::bare(49, 0))
}

fn sourceline(context: &mut Context, args: &Args) -> Outcome {
    let lines = context.host.source_lines();
    let Some(number) = whole(args, 0) else {
        return count(lines);
    };
    if number > lines {
        let (number, lines) = (number.to_string(), lines.to_string());
        return Err(context.fail(34, &[number.as_bytes(), lines.as_bytes()]));
    }
    Ok(Value::from_vec(context.host.source_line(number)))
}

fn symbol(context: &mut Context, args: &Args) -> Outcome {
    let kind = text(args, 0, |name| {
        if !is_symbol(name) {
            return Symbol::Bad;
        }
        context.host.symbol(&name.to_ascii_uppercase())
    });
    Ok(Value::from(match kind {
        Symbol::Bad => "BAD",
        Symbol::Literal => "LIT",
        Symbol::Variable => "VAR",
    }))
}

fn trace(context: &mut Context, args: &Args) -> Outcome {
    let before = context.host.trace();
    if given(args, 0).is_some() {
        text(args, 0, |setting| {
            context.host.set_trace(&setting.to_ascii_uppercase());
        });
    }
    Ok(Value::from_vec(before))
}

fn value(context: &mut Context, args: &Args) -> Outcome {
    let new = given(args, 1);
    text(args, 0, |name| {
        if let Some(pool) = given(args, 2) {
            return context.host.pool_value(name, new, &pool.to_vec());
        }
        if !is_symbol(name) {
            return Err(context.fail(26, &[name]));
        }
        context.host.value(&name.to_ascii_uppercase(), new)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    #[test]
    fn arguments_of_the_program() {
        let mut bench = Bench::new();
        bench.host.args = vec![Some(Value::from("a")), None, Some(Value::from(""))];
        bench.table(
            r"
            ARG() == 3
            ARG(1) == 'a'
            ARG(2) == ''
            ARG(2,'E') == 0
            ARG(2,'O') == 1
            ARG(3,'Exists') == 1
            ARG(9,'O') == 1
            ARG(,'E') ! 40.5 ARG|1
            ARG(0) ! 40.14 ARG|1|0
            ",
        );
    }

    #[test]
    fn names_and_values() {
        let mut bench = Bench::new();
        bench
            .host
            .variables
            .insert(b"FRED".to_vec(), Value::from("K"));
        bench.table(
            r"
            SYMBOL('fred') == 'VAR'
            SYMBOL('x.y') == 'LIT'
            SYMBOL('12') == 'LIT'
            SYMBOL('a b') == 'BAD'
            SYMBOL('') == 'BAD'
            VALUE('fred') == 'K'
            VALUE('fred','L') == 'K'
            VALUE('fred') == 'L'
            VALUE('a b') ! 40.26 VALUE|a b
            VALUE('a b',,'NONE') ! 40.37 VALUE|NONE
            TRACE() == 'N'
            TRACE('?results') == 'N'
            TRACE() == '?RESULTS'
            TRACE('x') ! 40.28 TRACE|1|ACEFILNOR|x
            TRACE('?') == '?RESULTS'
            ERRORTEXT(91) ! 40.17 ERRORTEXT|91
            ERRORTEXT(-1) ! 40.17 ERRORTEXT|-1
            ERRORTEXT('x') ! 40.11 ERRORTEXT|1|x
            SOURCELINE() == 2
            SOURCELINE(2) == 'line 2'
            SOURCELINE(3) ! 40.34 SOURCELINE|3|2
            ADDRESS('x') ! 40.28 ADDRESS|1|EINO|x
            ",
        );
    }
}
