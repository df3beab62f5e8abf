//! Built-in functions that convert between characters, decimal, hexadecimal and binary, and the
//! functions on bits (ANSI X3.274 section 9.6; SC24-5770 chapter 3). The code values of characters are
//! those of the session's code page.

use crate::base::codepage::CodePage;
use crate::num::Number;

use super::args::{given, number, text, texts, whole};
use super::{Bif, BifContext, Error, Value};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "B2X",
        "rBIN",
        b2x,
        "Binary digits as hexadecimal digits.",
        "B2X('1 1111 0000') == '1F0'",
    ),
    Bif::new(
        "BITAND",
        "rANY oANY oPAD",
        bitand,
        "The strings' codes ANDed bit by bit.",
        "BITAND('73'x,'27'x) == '23'x",
    ),
    Bif::new(
        "BITOR",
        "rANY oANY oPAD",
        bitor,
        "The strings' codes ORed bit by bit.",
        "BITOR('15'x,'2424'x) == '3524'x",
    ),
    Bif::new(
        "BITXOR",
        "rANY oANY oPAD",
        bitxor,
        "The strings' codes exclusive-ORed bit by bit.",
        "BITXOR('1211'x,'22'x) == '3011'x",
    ),
    Bif::new(
        "C2D",
        "rANY oWHOLE>=0",
        c2d,
        "The string's codes as a number; with a length, as a signed one.",
        "C2D('FF81'x,2) == -127",
    ),
    Bif::new(
        "C2X",
        "rANY",
        c2x,
        "The string's codes as hexadecimal digits.",
        "C2X('0123'x) == '0123'",
    ),
    Bif::new(
        "D2C",
        "rWHOLENUM oWHOLE>=0",
        d2c,
        "A whole number as a string of codes.",
        "D2C(-1,2) == 'FFFF'x",
    ),
    Bif::new(
        "D2X",
        "rWHOLENUM oWHOLE>=0",
        d2x,
        "A whole number in hexadecimal digits.",
        "D2X(-127,4) == 'FF81'",
    ),
    Bif::new(
        "X2B",
        "rHEX",
        x2b,
        "Hexadecimal digits as binary digits.",
        "X2B('1C1') == '000111000001'",
    ),
    Bif::new(
        "X2C",
        "rHEX",
        x2c,
        "Hexadecimal digits as the string with these codes.",
        "X2C('F') == '0F'x",
    ),
    Bif::new(
        "X2D",
        "rHEX oWHOLE>=0",
        x2d,
        "Hexadecimal digits as a number; with a length, as a signed one.",
        "X2D('F081',4) == -3967",
    ),
];

type Context<'a> = BifContext<'a>;
type Args = [Option<Value>];
type Outcome = Result<Value, Error>;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn nibble(digit: u8) -> u8 {
    (digit as char).to_digit(16).unwrap_or(0) as u8
}

/// The values of the hexadecimal digits of a checked text.
fn nibbles(text: &[u8]) -> Vec<u8> {
    text.iter()
        .filter(|b| b.is_ascii_hexdigit())
        .map(|b| nibble(*b))
        .collect()
}

/// Pairs of nibbles from the right; an odd one stands alone on the left.
fn bytes(nibbles: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(nibbles.len() / 2 + 1);
    let (odd, pairs) = nibbles.split_at(nibbles.len() % 2);
    out.extend_from_slice(odd);
    out.extend(pairs.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
    out
}

fn b2x(_: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        let bits: Vec<u8> = s
            .iter()
            .filter(|b| matches!(b, b'0' | b'1'))
            .copied()
            .collect();
        let digit = |group: &[u8]| {
            let v = group.iter().fold(0, |v, b| v << 1 | (b - b'0'));
            HEX[usize::from(v)]
        };
        let (odd, groups) = bits.split_at(bits.len() % 4);
        let mut out = Vec::with_capacity(bits.len() / 4 + 1);
        if !odd.is_empty() {
            out.push(digit(odd));
        }
        out.extend(groups.chunks(4).map(digit));
        Ok(Value::from_vec(out))
    })
}

fn x2b(context: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        context.host.storage(s.len().saturating_mul(5))?;
        let bits = |v: u8| (0..4).rev().map(move |i| b'0' + (v >> i & 1));
        Ok(Value::from_vec(
            nibbles(s).into_iter().flat_map(bits).collect(),
        ))
    })
}

fn x2c(context: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        let mut out = bytes(&nibbles(s));
        to_host(&mut out, context.codepage);
        Ok(Value::from_vec(out))
    })
}

fn c2x(context: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        context.host.storage(s.len().saturating_mul(2))?;
        let hex = |b: &u8| {
            let code = context.codepage.code_of(*b);
            [HEX[usize::from(code >> 4)], HEX[usize::from(code & 15)]]
        };
        Ok(Value::from_vec(s.iter().flat_map(hex).collect()))
    })
}

fn to_host(codes: &mut [u8], page: CodePage) {
    for code in codes {
        *code = page.to_host(*code);
    }
}

fn codes(text: &[u8], page: CodePage) -> Vec<u8> {
    text.iter().map(|b| page.code_of(*b)).collect()
}

fn bitand(context: &mut Context, args: &Args) -> Outcome {
    bitwise(context, args, |a, b| a & b)
}

fn bitor(context: &mut Context, args: &Args) -> Outcome {
    bitwise(context, args, |a, b| a | b)
}

fn bitxor(context: &mut Context, args: &Args) -> Outcome {
    bitwise(context, args, |a, b| a ^ b)
}

fn bitwise(context: &mut Context, args: &Args, operation: impl Fn(u8, u8) -> u8) -> Outcome {
    let page = context.codepage;
    let pad = given(args, 2).map(|_| page.code_of(super::args::pad(args, 2)));
    texts(args, 0, 1, |a, b| {
        let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
        let mut out = codes(long, page);
        for (i, code) in out.iter_mut().enumerate() {
            let other = short.get(i).map(|b| page.code_of(*b)).or(pad);
            if let Some(other) = other {
                *code = operation(*code, other);
            }
        }
        to_host(&mut out, page);
        Ok(Value::from_vec(out))
    })
}

fn c2d(context: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        let all = codes(s, context.codepage);
        let Some(size) = whole(args, 1) else {
            return decimal(context, &all, false);
        };
        let kept = &all[all.len().saturating_sub(size)..];
        let signed = kept.len() == size && kept.first().is_some_and(|b| b & 0x80 != 0);
        decimal(context, kept, signed)
    })
}

fn x2d(context: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        let all = nibbles(s);
        let Some(size) = whole(args, 1) else {
            return decimal(context, &bytes(&all), false);
        };
        let kept = &all[all.len().saturating_sub(size)..];
        let signed = kept.len() == size && kept.first().is_some_and(|n| n & 8 != 0);
        let mut packed = bytes(kept);
        if signed && kept.len() % 2 == 1 {
            // The sign of an odd nibble fills its byte.
            packed[0] |= 0xF0;
        }
        decimal(context, &packed, signed)
    })
}

/// The number that bytes make, unsigned or in two's complement (40.35 when DIGITS cannot hold it).
fn decimal(context: &Context, bytes: &[u8], signed: bool) -> Outcome {
    if bytes.len() <= 7 {
        let v = bytes.iter().fold(0i64, |v, b| v << 8 | i64::from(*b));
        let v = if signed {
            v - (1 << (8 * bytes.len()))
        } else {
            v
        };
        let limit = 10i64
            .checked_pow(context.settings.digits)
            .unwrap_or(i64::MAX);
        if v.abs() < limit {
            return Ok(Value::int(v));
        }
        return Err(context.fail(35, &[v.to_string().as_bytes()]));
    }
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    // Five bytes make twelve digits and a little: far too many are refused without being made.
    if !signed && (bytes.len() - zeros) / 5 * 12 > context.settings.digits as usize + 1000 {
        return Err(context.fail(35, &[&bytes[zeros..]]));
    }
    let n = if signed {
        Number::from_magnitude(true, &complement(bytes))
    } else {
        Number::from_magnitude(false, &bytes[zeros..])
    };
    let n = n.map_err(|_| Error::bare(5, 0))?;
    if n.exceeds(context.settings.digits) {
        let all = context.settings.with_digits(u32::MAX);
        return Err(context.fail(35, &[&n.format(&all)]));
    }
    Ok(context.value(&n))
}

/// The two's complement of a magnitude, in as many bytes.
fn complement(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = bytes.iter().map(|b| !b).collect();
    for b in out.iter_mut().rev() {
        let (sum, carried) = b.overflowing_add(1);
        *b = sum;
        if !carried {
            break;
        }
    }
    out
}

/// The first argument as bytes of exactly `size`, or as few as hold it; in two's complement.
fn binary(context: &mut Context, args: &Args, size: Option<usize>) -> Result<Vec<u8>, Error> {
    let n = number(args, 0);
    let bytes = n.magnitude_bytes().map_err(|_| Error::bare(5, 0))?;
    let Some(size) = size else {
        if n.is_negative() {
            return Err(text(args, 0, |s| context.fail(13, &[b"1", s])));
        }
        return Ok(bytes);
    };
    context.room(size)?;
    let mut out = vec![0; size.saturating_sub(bytes.len())];
    out.extend_from_slice(&bytes[bytes.len().saturating_sub(size)..]);
    Ok(if n.is_negative() {
        complement(&out)
    } else {
        out
    })
}

fn d2c(context: &mut Context, args: &Args) -> Outcome {
    let mut out = binary(context, args, whole(args, 1))?;
    to_host(&mut out, context.codepage);
    Ok(Value::from_vec(out))
}

fn d2x(context: &mut Context, args: &Args) -> Outcome {
    let size = whole(args, 1);
    let bytes = binary(context, args, size.map(|n| n.div_ceil(2)))?;
    let all: Vec<u8> = bytes
        .iter()
        .flat_map(|b| [HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]])
        .collect();
    let from = match size {
        Some(size) => all.len() - size,
        None => all.iter().position(|d| *d != b'0').unwrap_or(all.len() - 1),
    };
    Ok(Value::from_bytes(&all[from..]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use crate::base::codepage::CodePage;

    #[test]
    fn cases_of_the_manual() {
        Bench::new().table(
            r"
            B2X('11000011') == 'C3'
            B2X('10111') == '17'
            B2X('101') == '5'
            B2X('1 1111 0000') == '1F0'
            B2X('') == ''
            B2X('0000 0001') == '01'
            B2X('1 11') ! 40.24 B2X|1 11
            B2X(' 1') ! 40.24 B2X| 1
            B2X('12') ! 40.24 B2X|12
            BITAND('12'x) == '12'x
            BITAND('73'x,'27'x) == '23'x
            BITAND('13'x,'5555'x) == '1155'x
            BITAND('13'x,'5555'x,'74'x) == '1154'x
            BITAND('pQrS',,'DF'x) == 'PQRS'
            BITOR('12'x) == '12'x
            BITOR('15'x,'24'x) == '35'x
            BITOR('15'x,'2456'x) == '3556'x
            BITOR('15'x,'2456'x,'F0'x) == '35F6'x
            BITOR('1111'x,,'4D'x) == '5D5D'x
            BITXOR('12'x,'22'x) == '30'x
            BITXOR('1211'x,'22'x) == '3011'x
            BITXOR('C711'x,'222222'x,' ') == 'E53302'x
            BITXOR('1111'x,'444444'x) == '555544'x
            BITXOR('1111'x,,'4D'x) == '5C5C'x
            C2D('09'x) == 9
            C2D('81'x) == 129
            C2D('FF81'x) == 65409
            C2D('') == 0
            C2D('81'x,1) == -127
            C2D('81'x,2) == 129
            C2D('FF81'x,2) == -127
            C2D('FF81'x,1) == -127
            C2D('FF7F'x,1) == 127
            C2D('F081'x,2) == -3967
            C2D('F081'x,1) == -127
            C2D('0031'x,0) == 0
            C2D('7FFFFFFF'x) ! 40.35 C2D|2147483647
            C2D('FFFFFFFFFFFFFFFF'x,8) == -1
            C2D('000000000000000005'x) == 5
            C2D('010000000000000000'x) ! 40.35 C2D|18446744073709551616
            C2X('0123'x) == '0123'
            C2X('ZD8') == '5A4438'
            D2C(65) == 'A'
            D2C(129) == '81'x
            D2C(0) == '00'x
            D2C(129,1) == '81'x
            D2C(129,2) == '0081'x
            D2C(257,1) == '01'x
            D2C(-127,1) == '81'x
            D2C(-127,2) == 'FF81'x
            D2C(-1,4) == 'FFFFFFFF'x
            D2C(12,0) == ''
            D2C(-1) ! 40.13 D2C|1|-1
            D2C(1.5) ! 40.12 D2C|1|1.5
            D2X(9) == '9'
            D2X(0) == '0'
            D2X(129) == '81'
            D2X(129,1) == '1'
            D2X(129,2) == '81'
            D2X(129,4) == '0081'
            D2X(257,2) == '01'
            D2X(-127,2) == '81'
            D2X(-127,4) == 'FF81'
            D2X(-129,3) == 'F7F'
            D2X(-1,3) == 'FFF'
            D2X(12,0) == ''
            D2X(1234567890) ! 40.12 D2X|1|1234567890
            X2B('C3') == '11000011'
            X2B('7') == '0111'
            X2B('1 C1') == '000111000001'
            X2B('') == ''
            X2C('4142') == 'AB'
            X2C('F') == '0F'x
            X2C('f 4a') == '0F4A'x
            X2C('') == ''
            X2C('f4 a') ! 40.25 X2C|f4 a
            X2D('0E') == 14
            X2D('81') == 129
            X2D('F81') == 3969
            X2D('FF81') == 65409
            X2D('81',2) == -127
            X2D('81',4) == 129
            X2D('F081',4) == -3967
            X2D('F081',3) == 129
            X2D('F081',2) == -127
            X2D('F081',1) == 1
            X2D('0031',0) == 0
            X2D('') == 0
            X2D('800',3) == -2048
            ",
        );
        Bench::with_digits(50).table(
            r"
            X2D('FFFFFFFFFFFFFFFFFFFFFFFF') == '79228162514264337593543950335'
            X2D('FFFFFFFFFFFFFFFFFFFFFFF0',24) == '-16'
            D2X('79228162514264337593543950335') == 'FFFFFFFFFFFFFFFFFFFFFFFF'
            D2X('-79228162514264337593543950335',26) == 'FF000000000000000000000001'
            C2D('8000000000000000'x,8) == '-9223372036854775808'
            ",
        );
    }

    #[test]
    fn codes_are_those_of_the_code_page() {
        let mut bench = Bench::new();
        bench.codepage = CodePage::Ibm1047;
        bench.table(
            r"
            C2X('72s') == 'F7F2A2'
            C2D('a') == 129
            C2D('M') == 212
            D2C(129) == 'a'
            X2C('F7F2 A2') == '72s'
            BITOR('pqrs',' ') == 'Pqrs'
            BITAND('a','BF'x) == 'a'
            BITOR('a',,' ') == 'A'
            ",
        );
    }
}
