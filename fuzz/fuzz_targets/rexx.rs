//! Any bytes as a program: it compiles, and runs until its fuel is used up, without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vmshare::base::{Clock, codepage::CodePage};
use vmshare::rexx::{CallKind, Dialect, Exit, Flag, Invocation, Reply, Vm, compile};

fuzz_target!(|source: &[u8]| {
    let invocation = Invocation {
        kind: CallKind::Command,
        args: Vec::new(),
        source: b"CMS COMMAND FUZZ EXEC A1 fuzz CMS".to_vec(),
        name: b"FUZZ EXEC".to_vec(),
        address: b"CMS".to_vec(),
        clock: Clock::fixed(0),
        seed: 0,
        user: b"FUZZ".to_vec(),
        codepage: CodePage::Host,
        storage: 64 << 20,
    };
    let mut vm = Vm::new(compile(source, Dialect::Cms), invocation);
    vm.set_fuel(200);
    let mut reply = Reply::Done;
    for _ in 0..500 {
        reply = match vm.resume(reply) {
            Exit::Done(_) | Exit::Raised(_) | Exit::Fuel => return,
            Exit::Pull | Exit::PullTerminal => Reply::Line(b"a line".to_vec()),
            Exit::Queued => Reply::Count(0),
            // Every stream is at its end.
            Exit::Stream { .. } => Reply::Done,
            Exit::Call { .. } => Reply::NotFound,
            Exit::Command { .. } => Reply::Rc { rc: -3, flag: Flag::Failure },
            Exit::Say(_) | Exit::Trace(_) | Exit::Push(_) | Exit::Queue(_) => Reply::Done,
        };
    }
});
