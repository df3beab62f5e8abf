//! Named truncations and extensions: the only place in the machine where a number changes width
//! without a check (Principles of Operation, chapter 7: fields of registers and instructions).

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

/// The low 8 bits.
#[inline(always)]
pub const fn low8(v: u64) -> u8 {
    v as u8
}

/// The low 16 bits.
#[inline(always)]
pub const fn low16(v: u64) -> u16 {
    v as u16
}

/// The low 32 bits.
#[inline(always)]
pub const fn low32(v: u64) -> u32 {
    v as u32
}

/// Bits 0 to 31 of a doubleword.
#[inline(always)]
pub const fn high32(v: u64) -> u32 {
    (v >> 32) as u32
}

/// The low 64 bits of a double-length number.
#[inline(always)]
pub const fn low64(v: u128) -> u64 {
    v as u64
}

/// The high 64 bits of a double-length number.
#[inline(always)]
pub const fn high64(v: u128) -> u64 {
    (v >> 64) as u64
}

/// A doubleword from two words.
#[inline(always)]
pub const fn join32(high: u32, low: u32) -> u64 {
    ((high as u64) << 32) | low as u64
}

/// A quadword from two doublewords.
#[inline(always)]
pub const fn join64(high: u64, low: u64) -> u128 {
    ((high as u128) << 64) | low as u128
}

/// An index; guest storage is addressed on 64-bit hosts only.
#[inline(always)]
pub const fn index(v: u64) -> usize {
    v as usize
}

/// The bits of a signed doubleword.
#[inline(always)]
pub const fn bits64(v: i64) -> u64 {
    v as u64
}

/// The bits of a signed word.
#[inline(always)]
pub const fn bits32(v: i32) -> u32 {
    v as u32
}

/// A doubleword read as signed.
#[inline(always)]
pub const fn signed64(v: u64) -> i64 {
    v as i64
}

/// A word read as signed.
#[inline(always)]
pub const fn signed32(v: u32) -> i32 {
    v as i32
}

/// A word sign-extended to a doubleword.
#[inline(always)]
pub const fn extend32(v: u32) -> u64 {
    v as i32 as i64 as u64
}

/// A halfword sign-extended to a doubleword.
#[inline(always)]
pub const fn extend16(v: u16) -> u64 {
    v as i16 as i64 as u64
}

/// A byte sign-extended to a doubleword.
#[inline(always)]
pub const fn extend8(v: u8) -> u64 {
    v as i8 as i64 as u64
}

/// A count of bytes as a doubleword.
#[inline(always)]
pub const fn count(v: usize) -> u64 {
    v as u64
}

/// The bits of a signed quadword.
#[inline(always)]
pub const fn bits128(v: i128) -> u128 {
    v as u128
}
