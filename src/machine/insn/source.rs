//! Operand sources and word widths: what makes one function serve every encoding of an operation.

use crate::machine::access::{NO_REGISTER, Scalar, base_or_index};
use crate::machine::bits::{
    bits32, bits64, extend8, extend16, extend32, high32, join32, low32, signed32, signed64,
};
use crate::machine::block::Op;
use crate::machine::cpu::{Cpu, Step, Stop};
use crate::machine::storage::Storage;

/// A register's worth: a word or a doubleword.
pub trait Word: Scalar + Eq + Ord + Default {
    /// Bits in it.
    const BITS: u32;
    /// The value of a general register, 0 to 15.
    fn reg(cpu: &Cpu, r: u8) -> Self;
    /// Sets a general register, 0 to 15 (a word leaves the other half alone).
    fn set(cpu: &mut Cpu, r: u8, v: Self);
    /// A signed doubleword cut to this width.
    fn cut(v: u64) -> Self;
    /// Sign-extended to a doubleword.
    fn extend(self) -> u64;
    /// Sum, and whether it overflowed as signed, and the carry.
    fn plus(self, other: Self) -> (Self, bool, bool);
    /// Difference, and whether it overflowed as signed, and whether there was no borrow.
    fn minus(self, other: Self) -> (Self, bool, bool);
    /// Whether the sign bit is one.
    fn negative(self) -> bool;
    /// The low bits of the product.
    fn times(self, other: Self) -> Self;
}

macro_rules! word {
    ($t:ty, $bits:literal, $set:expr, $cut:expr, $extend:expr, $signed:ident) => {
        impl Word for $t {
            const BITS: u32 = $bits;
            #[inline(always)]
            fn reg(cpu: &Cpu, r: u8) -> Self {
                $cut(cpu.gr.or_zero(r))
            }
            #[inline(always)]
            fn set(cpu: &mut Cpu, r: u8, v: Self) {
                cpu.gr.change(r, |old| $set(old, v));
            }
            #[inline(always)]
            fn cut(v: u64) -> Self {
                $cut(v)
            }
            #[inline(always)]
            fn extend(self) -> u64 {
                $extend(self)
            }
            #[inline(always)]
            fn plus(self, other: Self) -> (Self, bool, bool) {
                let (v, carry) = self.overflowing_add(other);
                let overflow = $signed(self).overflowing_add($signed(other)).1;
                (v, overflow, carry)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> (Self, bool, bool) {
                let (v, borrow) = self.overflowing_sub(other);
                let overflow = $signed(self).overflowing_sub($signed(other)).1;
                (v, overflow, !borrow)
            }
            #[inline(always)]
            fn negative(self) -> bool {
                $signed(self) < 0
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
        }
    };
}

word!(
    u32,
    32,
    |old, v| join32(high32(old), v),
    low32,
    extend32,
    signed32
);
word!(
    u64,
    64,
    |_, v| v,
    std::convert::identity,
    std::convert::identity,
    signed64
);

/// Where an operand of width `T` comes from.
pub trait Source<T> {
    /// The operand.
    fn get(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<T, Stop>;

    /// The operand when no translation is needed for it: a register, an immediate, or storage whose page
    /// is remembered. `None`: ask [`Source::get`].
    fn quick(cpu: &Cpu, st: &Storage, op: &Op) -> Option<T>;
}

/// Runs an operation on its operand, wherever that has to be looked for.
#[inline(always)]
pub fn with_operand<T, S: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    run: impl FnOnce(&mut Cpu, &mut Storage, &Op, T) -> Step,
) -> Step {
    let v = S::get(cpu, st, op)?;
    run(cpu, st, op, v)
}

/// Runs an operation whose operand is at hand; nothing otherwise.
#[inline(always)]
pub fn quickly<T, S: Source<T>>(
    cpu: &mut Cpu,
    st: &mut Storage,
    op: &Op,
    run: impl FnOnce(&mut Cpu, &mut Storage, &Op, T) -> Step,
) -> Option<Step> {
    let v = S::quick(cpu, st, op)?;
    Some(run(cpu, st, op, v))
}

/// The address of the storage operand of RX, RXY, RS, RSY, S and SI formats.
#[inline(always)]
pub fn address(cpu: &Cpu, op: &Op) -> u64 {
    cpu.effective(op.base, op.x, op.disp)
}

/// The address of the first operand of SS formats (and everything else without an index).
#[inline(always)]
pub fn first(cpu: &Cpu, op: &Op) -> u64 {
    cpu.effective(op.base, NO_REGISTER, op.disp)
}

/// The address of the second operand of SS formats.
#[inline(always)]
pub fn second(cpu: &Cpu, op: &Op) -> u64 {
    cpu.effective(base_or_index(op.b2), NO_REGISTER, i32::from(op.d2))
}

/// The address of a relative operand.
#[inline(always)]
pub fn relative(cpu: &Cpu, op: &Op) -> u64 {
    cpu.page
        .wrapping_add(u64::from(op.off))
        .wrapping_add(bits64(i64::from(op.imm) * 2))
        & cpu.amask
}

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident { $($t:ty: |$cpu:ident, $op:ident| $e:expr;)+ })+) => {$(
        $(#[$doc])*
        pub struct $name;
        $(impl Source<$t> for $name {
            #[inline(always)]
            fn get(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<$t, Stop> {
                Self::quick(cpu, st, op).ok_or(Stop::Again)
            }
            #[inline(always)]
            fn quick($cpu: &Cpu, _: &Storage, $op: &Op) -> Option<$t> {
                Some($e)
            }
        })+
    )+};
}

macro_rules! storage_sources {
    ($($(#[$doc:meta])* $name:ident { $($t:ty: $width:ty, |$v:ident| $e:expr;)+ })+) => {$(
        $(#[$doc])*
        pub struct $name;
        $(impl Source<$t> for $name {
            #[inline(always)]
            fn get(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<$t, Stop> {
                let a = address(cpu, op);
                let $v = cpu.load::<$width>(st, a, op.b)?;
                Ok($e)
            }
            #[inline(always)]
            fn quick(cpu: &Cpu, st: &Storage, op: &Op) -> Option<$t> {
                let $v = cpu.peek::<$width>(st, address(cpu, op))?;
                Some($e)
            }
        })+
    )+};
}

macro_rules! relative_sources {
    ($($(#[$doc:meta])* $name:ident { $($t:ty: $width:ty, $align:literal, |$v:ident| $e:expr;)+ })+) => {$(
        $(#[$doc])*
        pub struct $name;
        $(impl Source<$t> for $name {
            #[inline(always)]
            fn get(cpu: &mut Cpu, st: &mut Storage, op: &Op) -> Result<$t, Stop> {
                let a = aligned(relative(cpu, op), $align)?;
                let $v = cpu.load_relative::<$width>(st, a)?;
                Ok($e)
            }
            #[inline(always)]
            fn quick(cpu: &Cpu, st: &Storage, op: &Op) -> Option<$t> {
                let a = aligned(relative(cpu, op), $align).ok()?;
                if cpu.data != cpu.fetch {
                    return None;
                }
                let $v = cpu.peek::<$width>(st, a)?;
                Some($e)
            }
        })+
    )+};
}

sources! {
    /// The first register.
    R1 {
        u32: |cpu, op| Word::reg(cpu, op.r1);
        u64: |cpu, op| Word::reg(cpu, op.r1);
    }
    /// The second register.
    R2 {
        u32: |cpu, op| Word::reg(cpu, op.r2);
        u64: |cpu, op| Word::reg(cpu, op.r2);
    }
    /// The third register.
    R3 {
        u32: |cpu, op| Word::reg(cpu, op.r3);
        u64: |cpu, op| Word::reg(cpu, op.r3);
    }
    /// The low word of the second register, sign-extended.
    R2Word { u64: |cpu, op| extend32(cpu.gr32(op.r2)); }
    /// The low word of the second register, zero-extended.
    R2WordZ { u64: |cpu, op| u64::from(cpu.gr32(op.r2)); }
    /// The low 31 bits of the second register.
    R2Low31 { u64: |cpu, op| cpu.gr64(op.r2) & 0x7FFF_FFFF; }
    /// The low halfword of the second register, sign-extended.
    R2Half {
        u32: |cpu, op| low32(extend16(Scalar::from_u64(cpu.gr64(op.r2))));
        u64: |cpu, op| extend16(Scalar::from_u64(cpu.gr64(op.r2)));
    }
    /// The low halfword of the second register, zero-extended.
    R2HalfZ {
        u32: |cpu, op| cpu.gr32(op.r2) & 0xFFFF;
        u64: |cpu, op| cpu.gr64(op.r2) & 0xFFFF;
    }
    /// The low byte of the second register, sign-extended.
    R2Byte {
        u32: |cpu, op| low32(extend8(Scalar::from_u64(cpu.gr64(op.r2))));
        u64: |cpu, op| extend8(Scalar::from_u64(cpu.gr64(op.r2)));
    }
    /// The low byte of the second register, zero-extended.
    R2ByteZ {
        u32: |cpu, op| cpu.gr32(op.r2) & 0xFF;
        u64: |cpu, op| cpu.gr64(op.r2) & 0xFF;
    }
    /// The high word of the first register.
    R1High { u32: |cpu, op| high32(cpu.gr64(op.r1)); }
    /// The high word of the second register.
    R2High { u32: |cpu, op| high32(cpu.gr64(op.r2)); }
    /// The high word of the third register.
    R3High { u32: |cpu, op| high32(cpu.gr64(op.r3)); }
    /// The immediate, sign-extended.
    Imm {
        u32: |_cpu, op| bits32(op.imm);
        u64: |_cpu, op| bits64(i64::from(op.imm));
    }
    /// The immediate word, zero-extended.
    ImmZ {
        u32: |_cpu, op| bits32(op.imm);
        u64: |_cpu, op| u64::from(bits32(op.imm));
    }
    /// The immediate halfword, zero-extended.
    ImmHalfZ {
        u32: |_cpu, op| bits32(op.imm) & 0xFFFF;
        u64: |_cpu, op| u64::from(bits32(op.imm) & 0xFFFF);
    }
    /// The immediate byte, zero-extended.
    ImmByteZ {
        u32: |_cpu, op| bits32(op.imm) & 0xFF;
        u64: |_cpu, op| u64::from(bits32(op.imm) & 0xFF);
    }
    /// The second immediate (a byte), sign-extended.
    Imm2 {
        u32: |_cpu, op| bits32(op.disp);
        u64: |_cpu, op| bits64(i64::from(op.disp));
    }
    /// The second immediate (a byte), zero-extended.
    Imm2Z {
        u32: |_cpu, op| bits32(op.disp) & 0xFF;
        u64: |_cpu, op| u64::from(bits32(op.disp) & 0xFF);
    }
}

storage_sources! {
    /// Storage, of the operation's own width.
    Mem {
        u32: u32, |v| v;
        u64: u64, |v| v;
    }
    /// A word in storage, sign-extended.
    MemWord { u64: u32, |v| extend32(v); }
    /// A word in storage, zero-extended.
    MemWordZ { u64: u32, |v| u64::from(v); }
    /// The low 31 bits of a word in storage.
    MemLow31 { u64: u32, |v| u64::from(v & 0x7FFF_FFFF); }
    /// A halfword in storage, sign-extended.
    MemHalf {
        u32: u16, |v| low32(extend16(v));
        u64: u16, |v| extend16(v);
    }
    /// A halfword in storage, zero-extended.
    MemHalfZ {
        u32: u16, |v| u32::from(v);
        u64: u16, |v| u64::from(v);
    }
    /// A byte in storage, sign-extended.
    MemByte {
        u32: u8, |v| low32(extend8(v));
        u64: u8, |v| extend8(v);
    }
    /// A byte in storage, zero-extended.
    MemByteZ {
        u32: u8, |v| u32::from(v);
        u64: u8, |v| u64::from(v);
    }
}

relative_sources! {
    /// Relative storage, of the operation's own width, on its boundary.
    Rel {
        u32: u32, 4, |v| v;
        u64: u64, 8, |v| v;
    }
    /// A relative word, sign-extended.
    RelWord { u64: u32, 4, |v| extend32(v); }
    /// A relative word, zero-extended.
    RelWordZ { u64: u32, 4, |v| u64::from(v); }
    /// A relative halfword, sign-extended.
    RelHalf {
        u32: u16, 2, |v| low32(extend16(v));
        u64: u16, 2, |v| extend16(v);
    }
    /// A relative halfword, zero-extended.
    RelHalfZ {
        u32: u16, 2, |v| u32::from(v);
        u64: u16, 2, |v| u64::from(v);
    }
}

/// An address that must be a multiple of `n`, else a specification exception.
#[inline(always)]
pub fn aligned(at: u64, n: u64) -> Result<u64, Stop> {
    if at & (n - 1) != 0 {
        return Err(Stop::Program(
            crate::machine::cpu::ProgramCode::SPECIFICATION,
        ));
    }
    Ok(at)
}

/// Fails with a specification exception unless the register is even.
#[inline(always)]
pub fn even(r: u8) -> Result<(), Stop> {
    if r & 1 != 0 {
        return Err(Stop::Program(
            crate::machine::cpu::ProgramCode::SPECIFICATION,
        ));
    }
    Ok(())
}
