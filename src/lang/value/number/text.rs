//! Numbers as decimal text, both ways.
//!
//! Must not know where the text comes from or goes to.

use dashu_int::ops::BitTest;
use dashu_int::{IBig, Sign, UBig};

use super::{Form, Number, Rest};

/// `0.d₁d₂d₃… * 10^exponent`, without trailing zeros; no digits for zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

/// Whether the text starts with a minus, and the text without a sign.
fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// See [`Number::parse`]. `1p3` is accepted as well: a power of two after `p`.
pub(super) fn parse(text: &str) -> Option<Number> {
    let (negative, text) = split_sign(text);
    if text == "Inf" || text == "inf" {
        return Some(Number { precision: Number::PRECISION, ..Number::infinity(negative) });
    }
    let (mantissa, exponent) = match text.find(['e', 'E', 'p', 'P']) {
        Some(at) => (text.get(..at)?, Some((text.get(at..=at)?, text.get(at + 1..)?))),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut fives = -i64::try_from(fraction.len()).ok()?;
    let mut twos = fives;
    if let Some((letter, power)) = exponent {
        let power = parse_exponent(power)?;
        twos = twos.checked_add(power)?;
        if letter.eq_ignore_ascii_case("e") {
            fives = fives.checked_add(power)?;
        }
    }
    let mantissa = UBig::from_str_radix(&digits, 10).ok()?;
    assemble(negative, mantissa, twos, fives)
}

fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let power: i64 = digits.parse().ok()?;
    Some(if negative { -power } else { power })
}

/// `±mantissa * 2^twos * 5^fives`; `None` when the position of the highest bit leaves 32 bits, as in Terraform.
fn assemble(negative: bool, mantissa: UBig, twos: i64, fives: i64) -> Option<Number> {
    if mantissa.is_zero() {
        return Some(Number { negative, form: Form::Zero, precision: Number::PRECISION });
    }
    let bits = mantissa.bit_len() as i64;
    let top = twos.checked_add(bits)?;
    i32::try_from(top).ok()?;
    // Not rounded before the power of five is applied, so that there is only one rounding.
    let unrounded = Number::rounded(negative, mantissa, twos, Rest::None, u32::MAX);
    let power = power_of_five(fives.unsigned_abs(), Number::PRECISION + 64)?;
    if fives < 0 { unrounded.div_at(&power, Number::PRECISION) } else { unrounded.mul_at(&power, Number::PRECISION) }
}

/// `5^n` by repeated squaring, with 64 bits to spare.
fn power_of_five(mut n: u64, precision: u32) -> Option<Number> {
    // The largest power of five that fits 64 bits.
    const TABLE_END: u64 = 27;
    let exact = |n: u64| Number::from_integer(IBig::from(5u64.pow(n.min(TABLE_END) as u32))).with_precision(precision);
    let mut result = exact(n);
    n = n.saturating_sub(TABLE_END);
    let mut square = Number::from(5i64);
    while n > 0 {
        if n & 1 != 0 {
            result = result.mul_at(&square, precision)?;
        }
        square = square.mul_at(&square, precision + 64)?;
        n >>= 1;
    }
    Some(result)
}

impl Decimal {
    /// `mantissa * 2^exponent`, exactly.
    fn exact(mantissa: &UBig, exponent: i64) -> Self {
        let (digits, point) = match usize::try_from(exponent) {
            Ok(left) => ((mantissa << left).to_string(), 0),
            Err(_) => {
                let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX);
                ((mantissa * UBig::from(5u8).pow(places)).to_string(), exponent)
            }
        };
        let exponent = digits.len() as i64 + point;
        let mut decimal = Self { digits: digits.into_bytes(), exponent };
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.exponent = 0;
        }
    }

    pub fn digits(&self) -> &[u8] {
        &self.digits
    }

    /// Where the point stands: after that many digits.
    pub fn exponent(&self) -> i64 {
        self.exponent
    }

    fn digit(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(b'0')
    }

    /// To that many digits, half to even.
    pub fn round(&mut self, count: usize) {
        if count >= self.digits.len() {
            return;
        }
        let exactly_half = self.digit(count) == b'5' && count + 1 == self.digits.len();
        let up =
            if exactly_half { count > 0 && (self.digit(count - 1) - b'0') % 2 == 1 } else { self.digit(count) >= b'5' };
        if up { self.round_up(count) } else { self.round_down(count) }
    }

    /// To that many decimal places, half to even.
    pub fn round_to_places(&mut self, places: usize) {
        match usize::try_from(self.exponent + places as i64) {
            Ok(count) => self.round(count),
            Err(_) => *self = Self { digits: Vec::new(), exponent: 0 },
        }
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        self.trim();
    }

    fn round_up(&mut self, count: usize) {
        self.digits.truncate(count);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(b'1');
                self.exponent += 1;
            }
        }
    }

    /// Plain notation with that many decimal places.
    pub fn to_fixed(&self, places: usize) -> String {
        let mut text = String::new();
        let whole = self.exponent.max(0) as usize;
        if whole == 0 {
            text.push('0');
        }
        text.extend((0..whole).map(|i| char::from(self.digit(i))));
        if places > 0 {
            text.push('.');
            text.extend((0..places as i64).map(|i| {
                let index = self.exponent + i;
                usize::try_from(index).map_or('0', |i| char::from(self.digit(i)))
            }));
        }
        text
    }

    /// Scientific notation, `d.ddde±dd`, with that many places.
    pub fn to_scientific(&self, places: usize, letter: char) -> String {
        let mut text = String::from(char::from(self.digit(0)));
        if places > 0 {
            text.push('.');
            text.extend((1..=places).map(|i| char::from(self.digit(i))));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent - 1 };
        text.push(letter);
        text.push(if exponent < 0 { '-' } else { '+' });
        text.push_str(&format!("{:02}", exponent.unsigned_abs()));
        text
    }

    /// Decimal places that plain notation needs.
    pub fn places(&self) -> usize {
        (self.digits.len() as i64 - self.exponent).max(0) as usize
    }
}

impl Number {
    /// Every digit of the magnitude; `None` for the infinities.
    pub fn to_decimal(&self) -> Option<Decimal> {
        match &self.form {
            Form::Zero => Some(Decimal { digits: Vec::new(), exponent: 0 }),
            Form::Finite { mantissa, exponent } => Some(Decimal::exact(mantissa, *exponent)),
            Form::Infinite => None,
        }
    }

    /// The fewest digits that read back as the same number; `None` for the infinities.
    pub fn to_shortest_decimal(&self) -> Option<Decimal> {
        let mut decimal = self.to_decimal()?;
        if let Form::Finite { mantissa, exponent } = &self.form
            && (*exponent < 0 || mantissa.bit_len() as i64 + exponent > i64::from(self.precision))
        {
            shorten(&mut decimal, mantissa, *exponent, self.precision);
        }
        Some(decimal)
    }

    /// Whether a minus is written: for what is below zero, and for the zero that came from there.
    pub fn has_minus(&self) -> bool {
        self.negative
    }

    /// As Terraform writes a number everywhere.
    pub(super) fn to_text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        match self.to_shortest_decimal() {
            Some(decimal) => format!("{sign}{}", decimal.to_fixed(decimal.places())),
            None => String::from(if self.negative { "-Inf" } else { "+Inf" }),
        }
    }

    /// Ten significant digits, in the shorter of the two notations: what order within sets goes by.
    pub(crate) fn to_brief_text(&self) -> String {
        self.to_general_text(Some(10), 'e')
    }

    /// In scientific notation when the exponent is below -4 or reaches the number of significant digits (the shortest
    /// text: 6), else in plain notation. At most that many significant digits; `None` for as many as needed.
    pub fn to_general_text(&self, digits: Option<usize>, letter: char) -> String {
        const LIMIT_OF_SHORTEST: usize = 6;
        let decimal = match digits {
            None => self.to_shortest_decimal(),
            Some(n) => self.to_decimal().map(|mut d| {
                d.round(n.max(1));
                d
            }),
        };
        let Some(decimal) = decimal else { return self.to_text() };
        let count = decimal.digits.len();
        let limit = match digits {
            None => LIMIT_OF_SHORTEST,
            Some(n) if n > count && count as i64 >= decimal.exponent => count,
            Some(n) => n.max(1),
        };
        let exponent = decimal.exponent - 1;
        let text = if exponent < -4 || exponent >= limit as i64 {
            decimal.to_scientific(count.saturating_sub(1), letter)
        } else {
            decimal.to_fixed(decimal.places())
        };
        if self.negative { format!("-{text}") } else { text }
    }

    /// `0`, or the sign and digits of the integer part in that radix (2 to 36); `None` for the infinities.
    pub fn to_radix_text(&self, radix: u8) -> Option<String> {
        let (sign, magnitude) = self.truncated()?.into_parts();
        let text = magnitude.in_radix(radix).to_string();
        Some(if sign == Sign::Negative { format!("-{text}") } else { text })
    }
}

/// Cuts digits as long as what remains lies closer to this number than to its neighbours.
fn shorten(decimal: &mut Decimal, mantissa: &UBig, exponent: i64, precision: u32) {
    // One bit more than the precision: the last then stands for half the distance to the neighbours.
    let shift = (precision as usize + 1).saturating_sub(mantissa.bit_len());
    let widened = mantissa << shift;
    let exponent = exponent - shift as i64;
    let lower = Decimal::exact(&(&widened - UBig::ONE), exponent);
    let upper = Decimal::exact(&(&widened + UBig::ONE), exponent);
    // The bounds themselves read back as this number when its last bit is even.
    let inclusive = shift > 1;
    for i in 0..decimal.digits.len() {
        let (low, digit, high) = (lower.digit(i), decimal.digit(i), upper.digit(i));
        let down = low != digit || (inclusive && i + 1 == lower.digits.len());
        let up = digit != high && (inclusive || digit + 1 < high || i + 1 < upper.digits.len());
        match (down, up) {
            (true, true) => return decimal.round(i + 1),
            (true, false) => return decimal.round_down(i + 1),
            (false, true) => return decimal.round_up(i + 1),
            (false, false) => {}
        }
    }
}
