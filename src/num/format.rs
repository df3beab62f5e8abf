//! Printing numbers: the normal form of results (ANSI X3.274 section 7.4.10, PostOp; the CMS rule for
//! small numbers from SC24-5770 chapter 6), and the layouts of FORMAT and TRUNC (section 9.4).

use super::{Form, Number, Settings, SmallRule};

/// What FORMAT is told; `None` is an omitted argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// Places for the integer part, with its sign.
    pub before: Option<usize>,
    /// Digits after the point.
    pub after: Option<usize>,
    /// Digits of the exponent; 0 forbids one.
    pub expp: Option<usize>,
    /// The trigger for an exponent.
    pub expt: Option<usize>,
}

/// Which argument of FORMAT is too small for the number (error 40.38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The integer part does not fit: argument 2.
    #[error("the integer part does not fit")]
    Before,
    /// The exponent does not fit: argument 4.
    #[error("the exponent does not fit")]
    Exponent,
    /// The text would have more than [`LONGEST`] digits (error 5).
    #[error("the text is too long")]
    TooLong,
}

/// The most digits that plain notation is written out to.
pub const LONGEST: i64 = 1 << 28;

/// The digits of a number with the place of its point, while it is being laid out.
struct Digits {
    text: Vec<u8>,
    /// How many of the digits stand before the point; may be negative or past the end.
    point: i64,
    /// The exponent to show.
    exponent: Option<i64>,
}

impl Number {
    /// The text of the number, rounded to DIGITS, in the normal form of results.
    pub fn format(&self, settings: &Settings) -> Vec<u8> {
        let mut out = Vec::with_capacity(24);
        self.write(settings, &mut out);
        out
    }

    /// Appends the text of [`Number::format`].
    pub fn write(&self, settings: &Settings, out: &mut Vec<u8>) {
        let n = self.rounded(settings.digits);
        if n.is_zero() {
            out.push(b'0');
            return;
        }
        if n.negative {
            out.push(b'-');
        }
        let length = n.length();
        let point = length + n.exponent;
        if !is_floating(length, n.exponent, settings) {
            write_plain(&n, point, out);
            return;
        }
        let start = out.len();
        n.write_coefficient(out);
        let (point, exponent) = floating(point - 1, settings.form);
        let places = usize::try_from(point).unwrap_or(1);
        while out.len() - start < places {
            out.push(b'0');
        }
        if out.len() - start > places {
            out.insert(start + places, b'.');
        }
        push_exponent(out, exponent);
    }

    /// FORMAT: the number rounded to DIGITS and laid out as asked.
    ///
    /// # Errors
    /// A part that does not fit the places given for it.
    pub fn layout(&self, layout: &Layout, settings: &Settings) -> Result<Vec<u8>, LayoutError> {
        let n = self.rounded(settings.digits);
        let mut digits = choose(&n, layout, settings);
        digits.forget_far_places(layout.after.unwrap_or(usize::MAX));
        if digits.point.abs() > LONGEST {
            return Err(LayoutError::TooLong);
        }
        if let Some(after) = layout.after {
            digits.fix_places(after, settings.form);
        }
        let zero = digits.text.iter().all(|&d| d == b'0');
        digits.write(n.negative && !zero, layout)
    }

    /// TRUNC: the number rounded to DIGITS, then cut to `places` digits after the point, plain.
    ///
    /// # Errors
    /// [`LayoutError::TooLong`].
    pub fn truncated(&self, places: usize, settings: &Settings) -> Result<Vec<u8>, LayoutError> {
        let n = self.rounded(settings.digits);
        let mut text = Vec::new();
        n.write_coefficient(&mut text);
        let mut digits = Digits {
            point: text.len() as i64 + n.exponent,
            text,
            exponent: None,
        };
        digits.forget_far_places(places);
        if digits.point > LONGEST {
            return Err(LayoutError::TooLong);
        }
        digits.normalise();
        let point = usize::try_from(digits.point).unwrap_or(1);
        digits.text.resize(point + places, b'0');
        let zero = digits.text.iter().all(|&d| d == b'0');
        let mut out = Vec::with_capacity(digits.text.len() + 2);
        if n.negative && !zero {
            out.push(b'-');
        }
        out.extend_from_slice(&digits.text[..point]);
        if places > 0 {
            out.push(b'.');
            out.extend_from_slice(&digits.text[point..]);
        }
        Ok(out)
    }
}

/// Whether a result is printed with an exponent.
fn is_floating(length: i64, exponent: i64, settings: &Settings) -> bool {
    let digits = i64::from(settings.digits);
    if exponent + length > digits {
        return true;
    }
    match settings.small {
        SmallRule::Cms => -exponent > 2 * digits,
        SmallRule::Ansi => length + exponent < -5,
    }
}

/// Digits before the point and exponent for a number whose first digit counts 10^adjusted.
fn floating(adjusted: i64, form: Form) -> (i64, i64) {
    match form {
        Form::Scientific => (1, adjusted),
        Form::Engineering => {
            let over = adjusted.rem_euclid(3);
            (1 + over, adjusted - over)
        }
    }
}

/// Writes the digits with the point after the first `point` of them.
fn write_plain(n: &Number, point: i64, out: &mut Vec<u8>) {
    let start = out.len();
    if point <= 0 {
        out.extend_from_slice(b"0.");
        let zeros = usize::try_from(-point).unwrap_or(0);
        out.resize(start + 2 + zeros, b'0');
        n.write_coefficient(out);
        return;
    }
    n.write_coefficient(out);
    let point = start + usize::try_from(point).unwrap_or(0);
    if point < out.len() {
        out.insert(point, b'.');
    } else {
        out.resize(point, b'0');
    }
}

fn push_exponent(out: &mut Vec<u8>, exponent: i64) {
    out.push(b'E');
    out.push(if exponent < 0 { b'-' } else { b'+' });
    out.extend_from_slice(exponent.unsigned_abs().to_string().as_bytes());
}

/// Decides between plain and exponential notation for FORMAT.
fn choose(n: &Number, layout: &Layout, settings: &Settings) -> Digits {
    let mut text = Vec::new();
    n.write_coefficient(&mut text);
    let length = text.len() as i64;
    let point = length + n.exponent;
    let shown = if layout.expp.is_none() && layout.expt.is_none() {
        !n.is_zero() && is_floating(length, n.exponent, settings)
    } else {
        layout.expp != Some(0) && wants_exponent(n.exponent, point, layout, settings)
    };
    if !shown {
        return Digits {
            text,
            point,
            exponent: None,
        };
    }
    let adjusted = if n.is_zero() { 0 } else { point - 1 };
    let (point, exponent) = floating(adjusted, settings.form);
    Digits {
        text,
        point,
        exponent: Some(exponent),
    }
}

fn wants_exponent(exponent: i64, point: i64, layout: &Layout, settings: &Settings) -> bool {
    let expt = layout.expt.map_or(i64::from(settings.digits), |t| t as i64);
    if point.max(1) > expt {
        return true;
    }
    match settings.small {
        SmallRule::Cms => -exponent > 2 * expt,
        SmallRule::Ansi => point < -5,
    }
}

impl Digits {
    /// A number too small to show in `places` places, even rounded, is zero.
    fn forget_far_places(&mut self, places: usize) {
        let places = i64::try_from(places).unwrap_or(i64::MAX - 1);
        if self.exponent.is_none() && self.point < -places {
            self.text = vec![b'0'];
            self.point = 1;
        }
    }

    /// Adds zeros so that the point stands within the digits, with at least one before it.
    fn normalise(&mut self) {
        if self.point < 1 {
            let zeros = usize::try_from(1 - self.point).unwrap_or(0);
            self.text.splice(0..0, std::iter::repeat_n(b'0', zeros));
            self.point = 1;
        }
        let point = usize::try_from(self.point).unwrap_or(1);
        if self.text.len() < point {
            self.text.resize(point, b'0');
        }
    }

    /// Pads or rounds to `after` digits after the point.
    fn fix_places(&mut self, after: usize, form: Form) {
        self.normalise();
        let point = usize::try_from(self.point).unwrap_or(1);
        let keep = point + after;
        if self.text.len() <= keep {
            self.text.resize(keep, b'0');
            return;
        }
        let up = self.text[keep] >= b'5';
        self.text.truncate(keep);
        if !up || !increment(&mut self.text) {
            return;
        }
        // The carry made one digit more.
        self.point += 1;
        if let Some(exponent) = self.exponent {
            let (point, exponent) = floating(exponent + self.point - 1, form);
            self.point = point;
            self.exponent = Some(exponent);
            let point = usize::try_from(point).unwrap_or(1);
            self.text.resize(point + after, b'0');
        }
    }

    fn write(mut self, negative: bool, layout: &Layout) -> Result<Vec<u8>, LayoutError> {
        self.normalise();
        let point = usize::try_from(self.point).unwrap_or(1);
        let width = point + usize::from(negative);
        let before = layout.before.unwrap_or(width);
        if width > before {
            return Err(LayoutError::Before);
        }
        let mut out = vec![b' '; before - width];
        if negative {
            out.push(b'-');
        }
        out.extend_from_slice(&self.text[..point]);
        if self.text.len() > point {
            out.push(b'.');
            out.extend_from_slice(&self.text[point..]);
        }
        if let Some(exponent) = self.exponent {
            write_exponent(&mut out, exponent, layout.expp)?;
        }
        Ok(out)
    }
}

/// Adds one to ASCII digits; whether that made one digit more.
fn increment(text: &mut Vec<u8>) -> bool {
    for d in text.iter_mut().rev() {
        if *d < b'9' {
            *d += 1;
            return false;
        }
        *d = b'0';
    }
    text.insert(0, b'1');
    true
}

fn write_exponent(
    out: &mut Vec<u8>,
    exponent: i64,
    expp: Option<usize>,
) -> Result<(), LayoutError> {
    let Some(width) = expp else {
        if exponent != 0 {
            push_exponent(out, exponent);
        }
        return Ok(());
    };
    let digits = exponent.unsigned_abs().to_string();
    if digits.len() > width {
        return Err(LayoutError::Exponent);
    }
    if exponent == 0 {
        out.resize(out.len() + width + 2, b' ');
        return Ok(());
    }
    out.push(b'E');
    out.push(if exponent < 0 { b'-' } else { b'+' });
    out.resize(out.len() + width - digits.len(), b'0');
    out.extend_from_slice(digits.as_bytes());
    Ok(())
}
