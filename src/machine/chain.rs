//! How operations follow one another: each is run by a function that then calls the one of the operation behind it,
//! or at a branch and at the end of a block that of the block found there. The call is the last thing such a function
//! does and becomes a jump; were it a call, [`LEG`] keeps the stack short.

use super::access::{JUMPS, Jump};
use super::bits::{count, index, signed64};
use super::block::Op;
use super::cpu::{Cpu, Step, Stop};
use super::run::next_of;
use super::storage::{PAGE, Storage};

/// Where blocks start, as the chain looks them up.
pub type JumpTable = [Jump; JUMPS];

/// The operations behind one in its block.
pub type Rest<'a> = std::slice::Iter<'a, Op>;

/// Runs an operation and, when it simply ends, goes on with those behind it. How the last one ended is left in
/// `Cpu::ended`, for the call of the next one is a jump only in a function that gives nothing back.
pub type Chain = fn(&mut Cpu, &mut Storage, &JumpTable, &Op, Rest<'_>);

/// Most operations that are run before the loop is back.
pub(super) const LEG: i64 = 512;

/// Why the chain was left.
#[derive(Clone, Copy, Debug)]
pub enum Ended {
    /// The PSW has the address of what is next.
    Between,
    /// An operation did not simply end.
    Stopped(Stop, Op),
}

/// Runs the operations of a block, or its first ones, and of others behind it as long as `Cpu::left` lasts.
#[inline(always)]
pub(super) fn start(cpu: &mut Cpu, st: &mut Storage, jumps: &JumpTable, ops: &[Op]) {
    let mut rest = ops.iter();
    if let Some(first) = rest.next() {
        cpu.left -= i64::from(first.behind) + 1;
        cpu.page = cpu.psw.addr & !(PAGE - 1);
        (first.chain)(cpu, st, jumps, first, rest);
    }
}

/// Goes on with the operations behind one.
#[inline(always)]
pub(super) fn go_on(
    cpu: &mut Cpu,
    st: &mut Storage,
    jumps: &JumpTable,
    op: &Op,
    mut rest: Rest<'_>,
) {
    match rest.next() {
        Some(next) => (next.chain)(cpu, st, jumps, next, rest),
        None => fall_through(cpu, st, jumps, op, rest),
    }
}

/// Goes on, or not, as an operation ended.
#[inline(always)]
pub(super) fn go_on_after(
    step: Step,
    cpu: &mut Cpu,
    st: &mut Storage,
    jumps: &JumpTable,
    op: &Op,
    rest: Rest<'_>,
) {
    match step {
        Ok(()) => go_on(cpu, st, jumps, op, rest),
        Err(Stop::Branch) => branch(cpu, st, jumps, op),
        Err(stop) => stopped(cpu, stop, op),
    }
}

/// Goes on where the PSW points, if the block there is known and there is time for all of it.
#[inline(always)]
pub(super) fn branch(cpu: &mut Cpu, st: &mut Storage, jumps: &JumpTable, from: &Op) {
    cpu.left += i64::from(from.behind);
    let ia = cpu.psw.addr;
    let jump = &jumps[index(ia >> 1) % JUMPS];
    if jump.is(ia, cpu.code_tag)
        && let Some(block) = &jump.block
        && signed64(count(block.ops.len())) <= cpu.left
    {
        start(cpu, st, jumps, &block.ops);
    }
}

/// Goes on behind the last operation of a block, or of those there was time for.
#[inline(never)]
fn fall_through(cpu: &mut Cpu, st: &mut Storage, jumps: &JumpTable, op: &Op, _: Rest<'_>) {
    cpu.psw.addr = next_of(cpu, op);
    branch(cpu, st, jumps, op);
}

/// Leaves the chain at an operation.
#[cold]
#[inline(never)]
fn stopped(cpu: &mut Cpu, stop: Stop, op: &Op) {
    cpu.left += i64::from(op.behind);
    cpu.ended = Ended::Stopped(stop, *op);
}

/// Runs an operation by its handler, and goes on.
#[inline(never)]
pub(super) fn plainly(cpu: &mut Cpu, st: &mut Storage, jumps: &JumpTable, op: &Op, rest: Rest<'_>) {
    go_on_after((op.run)(cpu, st, op), cpu, st, jumps, op, rest);
}

/// A row whose handler, one that needs no translation, goes on to the next operation by itself.
macro_rules! hot {
    ($row:ident($($operand:expr),+ ; $run:path)) => {
        Row {
            chain: |_| |cpu, st, jumps, op, rest| {
                $crate::machine::chain::go_on_after($run(cpu, st, op), cpu, st, jumps, op, rest)
            },
            ..$row($($operand),+, $run)
        }
    };
}
pub(super) use hot;

/// The same for a handler that mostly needs no translation and no condition code 3: the function of the same name in
/// `quick` does all of it, or nothing and leaves it to the handler.
macro_rules! quick {
    ($row:ident($($operand:expr),+ ; $run:ident $($of:tt)*)) => {
        Row {
            chain: |_| |cpu, st, jumps, op, rest| match quick::$run $($of)*(cpu, st, op) {
                Some(step) => {
                    $crate::machine::chain::go_on_after(step, cpu, st, jumps, op, rest);
                }
                None => $crate::machine::chain::plainly(cpu, st, jumps, op, rest),
            },
            ..$row($($operand),+, $run $($of)*)
        }
    };
}
pub(super) use quick;
