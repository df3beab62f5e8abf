//! Built-in functions on characters (ANSI X3.274 section 9.3; SC24-5770 chapter 3).

use memchr::memmem;

use super::args::{count, given, option, pad, text, texts, whole};
use super::{Bif, BifContext, Error, Value};

pub(super) const TABLE: &[Bif] = &[
    Bif::new(
        "ABBREV",
        "rANY rANY oWHOLE>=0",
        abbrev,
        "Whether the second string abbreviates the first, in at least so many characters.",
        "ABBREV('Print','Pri') == 1",
    ),
    Bif::new(
        "CENTER",
        "rANY rWHOLE>=0 oPAD",
        center,
        "The string centred in a width.",
        "CENTER('ABC',8,'-') == '--ABC---'",
    ),
    Bif::new(
        "CENTRE",
        "rANY rWHOLE>=0 oPAD",
        center,
        "The string centred in a width.",
        "CENTRE('The blue sky',7) == 'e blue '",
    ),
    Bif::new(
        "CHANGESTR",
        "rANY rANY rANY",
        changestr,
        "The second string with every occurrence of the first replaced by the third.",
        "CHANGESTR('an','banana','AN') == 'bANANa'",
    ),
    Bif::new(
        "COMPARE",
        "rANY rANY oPAD",
        compare,
        "The first position where two strings differ, the shorter one padded; 0 when nowhere.",
        "COMPARE('ab ','ab-','-') == 3",
    ),
    Bif::new(
        "COPIES",
        "rANY rWHOLE>=0",
        copies,
        "So many copies of the string.",
        "COPIES('abc',3) == 'abcabcabc'",
    ),
    Bif::new(
        "COUNTSTR",
        "rANY rANY",
        countstr,
        "How often the first string occurs in the second.",
        "COUNTSTR('an','banana') == 2",
    ),
    Bif::new(
        "DELSTR",
        "rANY rWHOLE>0 oWHOLE>=0",
        delstr,
        "The string without the characters from a position on.",
        "DELSTR('abcde',3,2) == 'abe'",
    ),
    Bif::new(
        "INDEX",
        "rANY rANY oWHOLE>0",
        index,
        "The position of the second string in the first: POS with its arguments the other way round.",
        "INDEX('abcdef','cd') == 3",
    ),
    Bif::new(
        "INSERT",
        "rANY rANY oWHOLE>=0 oWHOLE>=0 oPAD",
        insert,
        "The second string with the first inserted after a position.",
        "INSERT(' ','abcdef',3) == 'abc def'",
    ),
    Bif::new(
        "LASTPOS",
        "rANY rANY oWHOLE>0",
        lastpos,
        "The position of the last occurrence of the first string in the second.",
        "LASTPOS(' ','abc def ghi') == 8",
    ),
    Bif::new(
        "LEFT",
        "rANY rWHOLE>=0 oPAD",
        left,
        "The leftmost characters, padded on the right.",
        "LEFT('abc d',8,'.') == 'abc d...'",
    ),
    Bif::new(
        "LENGTH",
        "rANY",
        length,
        "How many characters the string has.",
        "LENGTH('abcdefgh') == 8",
    ),
    Bif::new(
        "OVERLAY",
        "rANY rANY oWHOLE>0 oWHOLE>=0 oPAD",
        overlay,
        "The second string with the first laid over it at a position.",
        "OVERLAY('qq','abcd',4) == 'abcqq'",
    ),
    Bif::new(
        "POS",
        "rANY rANY oWHOLE>0",
        pos,
        "The position of the first string in the second, from a starting place; 0 when it is not there.",
        "POS('day','Saturday') == 6",
    ),
    Bif::new(
        "REVERSE",
        "rANY",
        reverse,
        "The string end for end.",
        "REVERSE('ABc.') == '.cBA'",
    ),
    Bif::new(
        "RIGHT",
        "rANY rWHOLE>=0 oPAD",
        right,
        "The rightmost characters, padded on the left.",
        "RIGHT('12',5,'0') == '00012'",
    ),
    Bif::new(
        "STRIP",
        "rANY oLTB oPAD",
        strip,
        "The string without leading, trailing or both kinds of a character.",
        "STRIP('0012.7000',,0) == '12.7'",
    ),
    Bif::new(
        "SUBSTR",
        "rANY rWHOLE>0 oWHOLE>=0 oPAD",
        substr,
        "A part of the string from a position on, padded to a length.",
        "SUBSTR('abc',2,6,'.') == 'bc....'",
    ),
    Bif::new(
        "TRANSLATE",
        "rANY oANY oANY oPAD",
        translate,
        "The string with characters of one table changed to those of another; upper-cased with no tables.",
        "TRANSLATE('4123','abcd','1234') == 'dabc'",
    ),
    Bif::new(
        "VERIFY",
        "rANY rANY oMN oWHOLE>0",
        verify,
        "The first position whose character is not (or, with M, is) among those of a reference; 0 when none.",
        "VERIFY('AB4T','1234567890') == 1",
    ),
    Bif::new(
        "XRANGE",
        "oPAD oPAD",
        xrange,
        "All characters from one to another, in the order of their codes.",
        "XRANGE('a','f') == 'abcdef'",
    ),
];

type Context<'a> = BifContext<'a>;
type Args = [Option<Value>];
type Outcome = Result<Value, Error>;

/// The longest result that is made without storage of its own.
const INLINE: usize = 14;

/// `body` between so many pad characters.
fn padded(context: &mut Context, before: usize, body: &[u8], after: usize, pad: u8) -> Outcome {
    let total = before + body.len() + after;
    if total <= INLINE {
        let mut out = [pad; INLINE];
        out[before..before + body.len()].copy_from_slice(body);
        return Ok(Value::from_bytes(&out[..total]));
    }
    context.room(total)?;
    let mut out = Vec::with_capacity(total);
    out.resize(before, pad);
    out.extend_from_slice(body);
    out.resize(total, pad);
    Ok(Value::from_vec(out))
}

/// A part of an argument; the argument itself when that is all of it.
fn part(args: &Args, whole: &[u8], part: &[u8]) -> Outcome {
    if part.len() == whole.len() && part.len() > INLINE {
        return Ok(args[0].clone().unwrap_or_default());
    }
    Ok(Value::from_bytes(part))
}

fn abbrev(_: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |full, short| {
        let least = whole(args, 2).unwrap_or(short.len());
        Ok(Value::truth(
            short.len() >= least && full.starts_with(short),
        ))
    })
}

fn center(context: &mut Context, args: &Args) -> Outcome {
    let width = whole(args, 1).unwrap_or(0);
    text(args, 0, |s| {
        if s.len() >= width {
            let from = (s.len() - width) / 2;
            return part(args, s, &s[from..from + width]);
        }
        let before = (width - s.len()) / 2;
        padded(context, before, s, width - s.len() - before, pad(args, 2))
    })
}

fn changestr(context: &mut Context, args: &Args) -> Outcome {
    text(args, 2, |new| {
        texts(args, 0, 1, |needle, hay| {
            if needle.is_empty() {
                return Ok(args[1].clone().unwrap_or_default());
            }
            let finder = memmem::Finder::new(needle);
            let many = finder.find_iter(hay).count();
            let length = hay.len() - many * needle.len() + many.saturating_mul(new.len());
            context.room(length)?;
            let mut out = Vec::with_capacity(length);
            let mut from = 0;
            for at in finder.find_iter(hay) {
                out.extend_from_slice(&hay[from..at]);
                out.extend_from_slice(new);
                from = at + needle.len();
            }
            out.extend_from_slice(&hay[from..]);
            Ok(Value::from_vec(out))
        })
    })
}

fn compare(_: &mut Context, args: &Args) -> Outcome {
    let pad = pad(args, 2);
    texts(args, 0, 1, |a, b| {
        let common = a.len().min(b.len());
        let at = match a.iter().zip(b).position(|(x, y)| x != y) {
            Some(at) => Some(at),
            None => a[common..]
                .iter()
                .chain(&b[common..])
                .position(|&x| x != pad)
                .map(|at| at + common),
        };
        count(at.map_or(0, |at| at + 1))
    })
}

fn copies(context: &mut Context, args: &Args) -> Outcome {
    let times = whole(args, 1).unwrap_or(0);
    text(args, 0, |s| {
        context.room(s.len().saturating_mul(times))?;
        if s.len() == 1 {
            return padded(context, times, b"", 0, s[0]);
        }
        Ok(Value::from_vec(s.repeat(times)))
    })
}

fn countstr(_: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |needle, hay| {
        if needle.is_empty() {
            return count(0);
        }
        count(memmem::find_iter(hay, needle).count())
    })
}

fn delstr(_: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        let from = (whole(args, 1).unwrap_or(1) - 1).min(s.len());
        let to = whole(args, 2).map_or(s.len(), |n| (from + n).min(s.len()));
        if from == to {
            return part(args, s, s);
        }
        Ok(Value::from_vec([&s[..from], &s[to..]].concat()))
    })
}

fn index(_: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |hay, needle| find(hay, needle, args))
}

fn pos(_: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |needle, hay| find(hay, needle, args))
}

fn find(hay: &[u8], needle: &[u8], args: &Args) -> Outcome {
    let from = whole(args, 2).unwrap_or(1) - 1;
    let Some(rest) = hay.get(from..) else {
        return count(0);
    };
    let at = match *needle {
        [] => None,
        [one] => memchr::memchr(one, rest),
        // A searcher costs more to build than a short string costs to look through.
        _ if rest.len() < 64 => rest
            .windows(needle.len())
            .position(|window| window == needle),
        _ => memmem::find(rest, needle),
    };
    count(at.map_or(0, |at| from + at + 1))
}

fn lastpos(_: &mut Context, args: &Args) -> Outcome {
    texts(args, 0, 1, |needle, hay| {
        if needle.is_empty() {
            return count(0);
        }
        let end = whole(args, 2).unwrap_or(hay.len()).min(hay.len());
        count(memmem::rfind(&hay[..end], needle).map_or(0, |at| at + 1))
    })
}

fn insert(context: &mut Context, args: &Args) -> Outcome {
    let pad = pad(args, 4);
    texts(args, 0, 1, |new, target| {
        let after = whole(args, 2).unwrap_or(0);
        let length = whole(args, 3).unwrap_or(new.len());
        context.room(target.len() + after + length)?;
        let mut out = Vec::with_capacity(target.len().max(after) + length);
        let split = after.min(target.len());
        out.extend_from_slice(&target[..split]);
        out.resize(after, pad);
        out.extend_from_slice(&new[..length.min(new.len())]);
        out.resize(after + length, pad);
        out.extend_from_slice(&target[split..]);
        Ok(Value::from_vec(out))
    })
}

fn overlay(context: &mut Context, args: &Args) -> Outcome {
    let pad = pad(args, 4);
    texts(args, 0, 1, |new, target| {
        let from = whole(args, 2).unwrap_or(1) - 1;
        let length = whole(args, 3).unwrap_or(new.len());
        context.room(target.len() + from + length)?;
        let mut out = Vec::with_capacity(target.len().max(from + length));
        out.extend_from_slice(&target[..from.min(target.len())]);
        out.resize(from, pad);
        out.extend_from_slice(&new[..length.min(new.len())]);
        out.resize(from + length, pad);
        if let Some(rest) = target.get(from + length..) {
            out.extend_from_slice(rest);
        }
        Ok(Value::from_vec(out))
    })
}

fn left(context: &mut Context, args: &Args) -> Outcome {
    let width = whole(args, 1).unwrap_or(0);
    text(args, 0, |s| match s.get(..width) {
        Some(kept) => part(args, s, kept),
        None => padded(context, 0, s, width - s.len(), pad(args, 2)),
    })
}

fn right(context: &mut Context, args: &Args) -> Outcome {
    let width = whole(args, 1).unwrap_or(0);
    text(args, 0, |s| {
        if s.len() >= width {
            return part(args, s, &s[s.len() - width..]);
        }
        padded(context, width - s.len(), s, 0, pad(args, 2))
    })
}

fn length(_: &mut Context, args: &Args) -> Outcome {
    count(given(args, 0).map_or(0, Value::len))
}

fn reverse(_: &mut Context, args: &Args) -> Outcome {
    text(args, 0, |s| {
        Ok(Value::from_vec(s.iter().rev().copied().collect()))
    })
}

fn strip(context: &mut Context, args: &Args) -> Outcome {
    let which = option(args, 1, b'B');
    let blank = context.blanks();
    let unwanted = given(args, 2).map(|_| pad(args, 2));
    let drop = |b: u8| unwanted.map_or_else(|| blank(b), |c| b == c);
    text(args, 0, |s| {
        let mut kept = s;
        if which != b'T' {
            while let [first, rest @ ..] = kept
                && drop(*first)
            {
                kept = rest;
            }
        }
        if which != b'L' {
            while let [rest @ .., last] = kept
                && drop(*last)
            {
                kept = rest;
            }
        }
        part(args, s, kept)
    })
}

fn substr(context: &mut Context, args: &Args) -> Outcome {
    let from = whole(args, 1).unwrap_or(1) - 1;
    text(args, 0, |s| {
        let rest = s.get(from..).unwrap_or(b"");
        let width = whole(args, 2).unwrap_or(rest.len());
        match rest.get(..width) {
            Some(kept) => part(args, s, kept),
            None => padded(context, 0, rest, width - rest.len(), pad(args, 3)),
        }
    })
}

fn translate(context: &mut Context, args: &Args) -> Outcome {
    // By the standard a pad alone means nothing; on CMS it takes the place of every character.
    let pad_counts = given(args, 3).is_some() && context.dialect.translates_to_pad();
    if given(args, 1).is_none() && given(args, 2).is_none() && !pad_counts {
        return text(args, 0, |s| {
            if s.len() <= INLINE {
                let mut out = [0; INLINE];
                out[..s.len()].copy_from_slice(s);
                out.make_ascii_uppercase();
                return Ok(Value::from_bytes(&out[..s.len()]));
            }
            Ok(Value::from_vec(s.to_ascii_uppercase()))
        });
    }
    let pad = pad(args, 3);
    let mut map: [u8; 256] = std::array::from_fn(|b| b as u8);
    texts(args, 1, 2, |to, from| {
        let output = |at: usize| to.get(at).copied().unwrap_or(pad);
        if given(args, 2).is_some() {
            // The first of several places of a character counts.
            for (at, &b) in from.iter().enumerate().rev() {
                map[usize::from(b)] = output(at);
            }
        } else {
            for code in 0..=255u8 {
                let host = context.codepage.to_host(code);
                map[usize::from(host)] = output(usize::from(code));
            }
        }
    });
    text(args, 0, |s| {
        Ok(Value::from_vec(
            s.iter().map(|b| map[usize::from(*b)]).collect(),
        ))
    })
}

fn verify(_: &mut Context, args: &Args) -> Outcome {
    let wanted = option(args, 2, b'N') == b'M';
    let from = whole(args, 3).unwrap_or(1) - 1;
    texts(args, 0, 1, |s, reference| {
        let rest = s.get(from..).unwrap_or(b"");
        let at = if reference.len() <= 4 || rest.len() <= 4 {
            rest.iter().position(|b| reference.contains(b) == wanted)
        } else {
            let mut among = [false; 256];
            for b in reference {
                among[usize::from(*b)] = true;
            }
            rest.iter().position(|b| among[usize::from(*b)] == wanted)
        };
        count(at.map_or(0, |at| from + at + 1))
    })
}

fn xrange(context: &mut Context, args: &Args) -> Outcome {
    let page = context.codepage;
    let code = |index: usize, otherwise: u8| {
        given(args, index).map_or(otherwise, |_| page.code_of(pad(args, index)))
    };
    let (first, last) = (code(0, 0), code(1, 255));
    let many = usize::from(last.wrapping_sub(first)) + 1;
    let out = (0..many).map(|i| page.to_host(first.wrapping_add(i as u8)));
    Ok(Value::from_vec(out.collect()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use crate::base::codepage::CodePage;

    #[test]
    fn cases_of_the_manual() {
        Bench::new().table(
            r"
            ABBREV('Print','Pri') == 1
            ABBREV('PRINT','Pri') == 0
            ABBREV('PRINT','PRI',4) == 0
            ABBREV('PRINT','PRY') == 0
            ABBREV('PRINT','') == 1
            ABBREV('PRINT','',1) == 0
            ABBREV('PRINT','PRINTER') == 0
            CENTER('ABC',7) == '  ABC  '
            CENTER('ABC',8,'-') == '--ABC---'
            CENTER('The blue sky',8) == 'e blue s'
            CENTER('The blue sky',7) == 'e blue '
            CENTER('x',0) == ''
            CHANGESTR('','abc','x') == 'abc'
            CHANGESTR('aa','aaaaa','b') == 'bba'
            CHANGESTR('a','aaa','') == ''
            COMPARE('abc','abc') == 0
            COMPARE('abc','ak') == 2
            COMPARE('ab ','ab') == 0
            COMPARE('ab ','ab',' ') == 0
            COMPARE('ab ','ab','x') == 3
            COMPARE('ab-- ','ab','-') == 5
            COMPARE('','') == 0
            COPIES('abc',0) == ''
            COPIES('-',20) == '--------------------'
            COUNTSTR('','abc') == 0
            COUNTSTR('aa','aaaaa') == 2
            DELSTR('abcd',3) == 'ab'
            DELSTR('abcde',3,2) == 'abe'
            DELSTR('abcde',6) == 'abcde'
            DELSTR('abcde',2,0) == 'abcde'
            DELSTR('abcde',5,9) == 'abcd'
            INDEX('abcdef','cd') == 3
            INDEX('abcdef','xd') == 0
            INDEX('abcdef','bc',3) == 0
            INDEX('abcabc','bc',3) == 5
            INDEX('abcabc','bc',6) == 0
            INSERT(' ','abcdef',3) == 'abc def'
            INSERT('123','abc',5,6) == 'abc  123   '
            INSERT('123','abc',5,6,'+') == 'abc++123+++'
            INSERT('123','abc') == '123abc'
            INSERT('123','abc',,5,'-') == '123--abc'
            INSERT('123','abc',1,0) == 'abc'
            LASTPOS(' ','abc def ghi') == 8
            LASTPOS(' ','abcdefghi') == 0
            LASTPOS('xy','efgxyz') == 4
            LASTPOS(' ','abc def ghi',7) == 4
            LASTPOS('bc','abcbc',4) == 2
            LASTPOS('','abc') == 0
            LASTPOS('  ','abc',9) == 0
            LEFT('abc d',8) == 'abc d   '
            LEFT('abc  def',7) == 'abc  de'
            LEFT('',3,'*') == '***'
            LENGTH('') == 0
            OVERLAY(' ','abcdef',3) == 'ab def'
            OVERLAY('.','abcdef',3,2) == 'ab. ef'
            OVERLAY('qq','abcd') == 'qqcd'
            OVERLAY('123','abc',5,6,'+') == 'abc+123+++'
            OVERLAY('x','abc',2,0) == 'abc'
            POS('x','abc def ghi') == 0
            POS(' ','abc def ghi') == 4
            POS(' ','abc def ghi',5) == 8
            POS('','abc') == 0
            POS('abc','ab') == 0
            POS('c','abc',3) == 3
            POS('c','abc',4) == 0
            REVERSE('XYZ ') == ' ZYX'
            RIGHT('abc  d',8) == '  abc  d'
            RIGHT('abc def',5) == 'c def'
            RIGHT('abc',0) == ''
            RIGHT(123456789012345,20,0) == '00000123456789012345'
            STRIP('  ab c  ') == 'ab c'
            STRIP('  ab c  ','L') == 'ab c  '
            STRIP('  ab c  ','trailing') == '  ab c'
            STRIP('12.7000',,0) == '12.7'
            STRIP('   ') == ''
            SUBSTR('abc',2) == 'bc'
            SUBSTR('abc',2,4) == 'bc  '
            SUBSTR('abc',4) == ''
            SUBSTR('abc',9,2,'x') == 'xx'
            SUBSTR('abc',1,0) == ''
            TRANSLATE('abcdef') == 'ABCDEF'
            TRANSLATE('abbc','&','b') == 'a&&c'
            TRANSLATE('abcdef','12','ec') == 'ab2d1f'
            TRANSLATE('abcdef','12','abcd','.') == '12..ef'
            TRANSLATE('APQRV',,'PR') == 'A Q V'
            TRANSLATE('a','xy','aa') == 'x'
            TRANSLATE('abc',,,'*') == '***'
            VERIFY('123','1234567890') == 0
            VERIFY('1Z3','1234567890') == 2
            VERIFY('AB3','1234567890','M') == 3
            VERIFY('1P3Q4','1234567890',,3) == 4
            VERIFY('ABCDE','',,3) == 3
            VERIFY('AB3CD5','1234567890','M',4) == 6
            VERIFY('','x') == 0
            VERIFY('abc','abc','N',9) == 0
            VERIFY('abcdefgh','abcdefg') == 8
            XRANGE('a','f') == 'abcdef'
            XRANGE('03'x,'07'x) == '0304050607'x
            XRANGE(,'04'x) == '0001020304'x
            XRANGE('FE'x,'02'x) == 'FEFF000102'x
            ",
        );
    }

    #[test]
    fn arguments_are_refused_with_the_standards_errors() {
        Bench::new().table(
            r"
            SUBSTR() ! 40.3 SUBSTR|2
            SUBSTR('abc') ! 40.3 SUBSTR|2
            SUBSTR('abc',1,2,'x','y') ! 40.4 SUBSTR|4
            SUBSTR(,1) ! 40.5 SUBSTR|1
            SUBSTR('abc','x') ! 40.12 SUBSTR|2|x
            SUBSTR('abc',1.5) ! 40.12 SUBSTR|2|1.5
            SUBSTR('abc',0) ! 40.14 SUBSTR|2|0
            SUBSTR('abc',-1) ! 40.14 SUBSTR|2|-1
            SUBSTR('abc',1,-1) ! 40.13 SUBSTR|3|-1
            SUBSTR('abc',1,2,'xy') ! 40.23 SUBSTR|4|xy
            SUBSTR('abc',1,2,'') ! 40.23 SUBSTR|4|
            SUBSTR('abc',1234567890) ! 40.12 SUBSTR|2|1234567890
            SUBSTR('abc',' 2.0 ') == 'bc'
            SUBSTR('abc','0.2e1') == 'bc'
            SUBSTR('abc',2,,) == 'bc'
            STRIP('abc','X') ! 40.28 STRIP|2|LTB|X
            STRIP('abc','') ! 40.21 STRIP|2
            COPIES('abc',999999999) ! 5.0 
            LENGTH() ! 40.3 LENGTH|1
            LENGTH('a','b') ! 40.4 LENGTH|1
            ",
        );
    }

    #[test]
    fn order_is_that_of_the_code_page() {
        let mut bench = Bench::new();
        bench.codepage = CodePage::Ibm1047;
        bench.table(
            r"
            XRANGE('A','I') == 'ABCDEFGHI'
            XRANGE('i','j') == 'i«»ðýþ±°j'
            XRANGE('9','9') == '9'
            ",
        );
        assert_eq!(
            bench.text("XRANGE()").len(),
            bench.text("XRANGE('00'x)").len()
        );
        // With no input table a character's place is its code: A is the 194th in EBCDIC.
        let table = "x".repeat(0xC1) + "!";
        assert_eq!(bench.text(&format!("TRANSLATE('A','{table}')")), "!");
    }
}
