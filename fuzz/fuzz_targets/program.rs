//! Whole small programs, put together from clauses and operands that are hard on the machine: never a
//! panic, never a step without end, never more storage than the program may take. Each byte of the input
//! picks a piece.
#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use vmshare::base::{Clock, codepage::CodePage};
use vmshare::rexx::{
    CallKind, Dialect, Exit, Flag, Interrupt, Invocation, Reply, Value, Vm, compile,
};

/// Operands: each may stand where an expression may.
const VALUES: &[&str] = &[
    "''", "0", "1", "-1", "'x'", "x", "y", "a.", "a.i", "a.x.y", "i", "i - 1", "1e9", "999999999",
    "1e-999999999", "'9'", "1.5", "'ff'x", "'1010'b", "' 12 '", "copies('ab', 1000)",
    "copies('x', 1e9)", "copies(x, 300)", "left(x, 1e5)", "right(y, i, '*')", "x || x", "x y",
    "x + y", "x - 1", "x * y", "x / y", "x % y", "x // y", "x ** y", "2 ** 999999", "x = y", "x == y",
    "x << y", "\\x", "-x", "(x | y)", "x && y", "f(x, y)", "f(,x)", "g(i)", "h(x)", "outside(x)",
    "xrange()", "xrange(x, y)", "format(x, 3, 1e5)", "format(x,,,2,0)", "trunc(x, 9999)",
    "random(0, i)", "random(x, y, i)", "d2c(x, 99)", "c2d(x)", "x2d('ff', 3)", "d2x(x)",
    "c2x(x)", "x2b(c2x(y))", "b2x('101')", "bitand(x, y)", "bitxor(x, y, 'z')", "translate(x, y, x)",
    "overlay(x, y, 9999)", "insert(x, y, 9999)", "changestr('x', x, y)", "countstr('x', x)",
    "space(x, 99)", "justify(x, 999)", "center(x, 999, y)", "wordpos(x, y)", "subword(x, 2, i)",
    "delword(x, 2)", "word(x, i)", "words(x)", "delstr(x, i)", "substr(x, i, 99, '-')", "pos(x, y)",
    "lastpos(x, y)", "verify(x, y, 'M')", "strip(x,, 'x')", "reverse(x)", "compare(x, y)",
    "abbrev(x, y)", "datatype(x)", "datatype(x, 'W')", "value('x', y)", "value('a.'i, x)", "value(x)",
    "symbol(x)", "arg()", "arg(1)", "arg(i, 'o')", "address()", "condition('d')", "date('s')",
    "date('n', x, 'b')", "time('l')", "time('e')", "errortext(i)", "sourceline(1)", "queued()",
    "trace('o')", "digits()", "fuzz()", "form()", "max(x, y)", "min(i, x)", "abs(x)", "sign(y)",
];

/// Clauses; `$` stands for an operand, `@` for what follows.
const CLAUSES: &[&str] = &[
    "x = $", "y = $", "a.i = $", "a. = $", "a.x = $", "i = $", "say $", "call f $, $", "call g $",
    "interpret $", "interpret 'x =' $", "interpret 'interpret' $", "interpret 'do; @; end'",
    "push $", "queue $", "pull x", "parse pull x y .", "parse var x y 'a' x 3 +2 -1 (y) .",
    "parse value $ with x . y", "parse arg x, y", "parse upper var x x y", "parse source x",
    "parse version y", "numeric digits $", "numeric digits 1000", "numeric digits 1e6",
    "numeric digits 1", "numeric fuzz 3", "numeric form engineering", "drop x a.i (y)", "drop a.",
    "upper x y", "address x", "address", "address cms $", "$", "signal value $", "signal g",
    "signal on syntax name g", "signal on novalue name g", "signal on error name g",
    "call on error name f", "call on halt name f", "signal off syntax", "trace $", "trace i",
    "trace '?r'", "options $", "do $; @; end", "do i = 1 to $; @; end",
    "do i = $ to $ by $; @; end", "do while $; @; end", "do until $; @; end", "do forever; @; end",
    "do 3; leave; end", "do i = 1 to 3; iterate i; end", "if $ then @", "if $ then @; else @",
    "select; when $ then @; when $ then @; otherwise @; end", "return $", "exit $", "procedure",
    "procedure expose x a. (y)", "f: procedure; @; return $", "g: @", "h: procedure expose a.; return arg(1)",
    "g: procedure; call g", "nop", "call (x) $", "x = x || $", "/* /* */ */",
];

/// Reads choices off the input.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn pick<'t>(&mut self, from: &[&'t str]) -> Option<&'t str> {
        let n = usize::from(*self.0.next()?);
        from.get(n % from.len()).copied()
    }

    fn clause(&mut self, depth: usize, out: &mut String) {
        let Some(text) = self.pick(CLAUSES) else {
            out.push_str("nop");
            return;
        };
        for c in text.chars() {
            match c {
                '$' => out.push_str(self.pick(VALUES).unwrap_or("1")),
                '@' if depth < 6 => self.clause(depth + 1, out),
                '@' => out.push_str("nop"),
                c => out.push(c),
            }
        }
    }
}

/// The longest that a run of 2000 steps may take; one step is far from it, ten slow ones are not a hang.
const PATIENCE: Duration = Duration::from_secs(15);

fuzz_target!(|choices: &[u8]| {
    let mut source = String::new();
    let mut choices = Choices(choices.iter());
    while choices.0.len() > 0 {
        choices.clause(0, &mut source);
        source.push('\n');
    }
    let invocation = Invocation {
        kind: CallKind::Command,
        args: vec![Some(Value::from("one two 3"))],
        source: b"CMS COMMAND FUZZ EXEC A1 fuzz CMS".to_vec(),
        name: b"FUZZ EXEC".to_vec(),
        address: b"CMS".to_vec(),
        clock: Clock::fixed(0),
        seed: 0,
        user: b"FUZZ".to_vec(),
        codepage: CodePage::Host,
        storage: 32 << 20,
    };
    let mut vm = Vm::new(compile(source.as_bytes(), Dialect::Cms), invocation);
    let mut fuel = 0;
    let mut exits = 0;
    let mut reply = Reply::Done;
    vm.set_fuel(500);
    loop {
        let before = Instant::now();
        let exit = vm.resume(reply);
        assert!(before.elapsed() < PATIENCE, "a step without end:\n{source}");
        exits += 1;
        reply = match exit {
            Exit::Done(_) | Exit::Raised(_) => return,
            Exit::Fuel => {
                fuel += 1;
                // A program that catches its interrupts may go on; one that does not must have ended.
                if fuel > 4 {
                    return;
                }
                if fuel > 1 {
                    vm.interrupt(Interrupt::Halt);
                }
                vm.set_fuel(500);
                Reply::Done
            }
            _ if exits > 2000 => return,
            Exit::Pull | Exit::PullTerminal => Reply::Line(b"a line".to_vec()),
            Exit::Queued => Reply::Count(3),
            // Every stream is at its end.
            Exit::Stream { .. } => Reply::Done,
            Exit::Call { args, .. } => match args.into_iter().next() {
                Some(value) => Reply::Value(value),
                None => Reply::NotFound,
            },
            Exit::Command { text, .. } => match text.len() % 3 {
                0 => Reply::Rc { rc: 0, flag: Flag::Ok },
                1 => Reply::Rc { rc: 28, flag: Flag::Error },
                _ => Reply::Rc { rc: -3, flag: Flag::Failure },
            },
            Exit::Say(_) | Exit::Trace(_) | Exit::Push(_) | Exit::Queue(_) => Reply::Done,
        };
    }
});
