//! Numbers: binary floating point of 512 bits, rounded half to even, so that decimal fractions of any practical
//! length and integers of 154 digits are carried exactly.
//!
//! Follows the arithmetic Terraform documents for its numbers: a literal has 512 bits, a count (a length, an index) 64,
//! a result of a 64-bit float function 53, and an operation has the larger precision of its operands. Must not know
//! values, marks or types.

mod arithmetic;
mod text;

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, OnceLock};

use dashu_int::ops::BitTest;
use dashu_int::{IBig, Sign, UBig};

pub use text::Decimal;

/// A number: finite, or one of the two infinities.
#[derive(Debug, Clone)]
pub struct Number {
    negative: bool,
    form: Form,
    /// Bits kept when an operation rounds.
    precision: u32,
}

#[derive(Debug, Clone)]
enum Form {
    Zero,
    /// `mantissa * 2^exponent`, the mantissa odd.
    Finite {
        mantissa: UBig,
        exponent: i64,
    },
    Infinite,
}

/// What is left of a value when it was cut: nothing, or something too small to be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Some,
}

impl Number {
    /// Bits of a number written in a configuration.
    pub const PRECISION: u32 = 512;
    /// The highest bit stays within these positions, which is about 10^±78,900; beyond are infinity and zero. Terraform
    /// goes on to 2^±2,147,483,647, where writing one number takes minutes and its text has 600 million digits.
    const MAX_EXPONENT: i64 = 1 << 18;
    const MIN_EXPONENT: i64 = -(1 << 18);

    /// Behind a pointer, which is one and the same for all small integers: of what there is much, they are most.
    pub(super) fn shared(self) -> Arc<Self> {
        static SMALL: [OnceLock<Arc<Number>>; 512] = [const { OnceLock::new() }; 512];
        match self.small().and_then(|index| SMALL.get(index)) {
            Some(place) => Arc::clone(place.get_or_init(|| Arc::new(self))),
            None => Arc::new(self),
        }
    }

    /// A small integer of the usual precision.
    fn small(&self) -> Option<usize> {
        if self.negative || self.precision != Self::PRECISION {
            return None;
        }
        match &self.form {
            Form::Zero => Some(0),
            Form::Finite { mantissa, exponent } => {
                let shift = u32::try_from(*exponent).ok().filter(|shift| *shift < 8)?;
                Some(usize::from(u8::try_from(mantissa).ok()?) << shift)
            }
            Form::Infinite => None,
        }
    }

    pub fn zero() -> Self {
        Self { negative: false, form: Form::Zero, precision: 64 }
    }

    pub fn infinity(negative: bool) -> Self {
        Self { negative, form: Form::Infinite, precision: 64 }
    }

    /// The nearest number to decimal text: digits with an optional point and exponent, or `Inf`.
    pub fn parse(text: &str) -> Option<Self> {
        text::parse(text)
    }

    /// An integer, exactly, however large.
    pub fn from_integer(value: IBig) -> Self {
        let (sign, mantissa) = value.into_parts();
        let precision = u32::try_from(mantissa.bit_len()).unwrap_or(u32::MAX).max(64);
        Self::rounded(sign == Sign::Negative, mantissa, 0, Rest::None, precision)
    }

    /// A 64-bit float, exactly; `None` for NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Self { precision: 53, ..Self::infinity(value < 0.0) });
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52) & 0x7ff {
            0 => (fraction, -1074),
            e => (fraction | (1 << 52), e as i64 - 1075),
        };
        Some(Self::rounded(value.is_sign_negative(), UBig::from(mantissa), exponent, Rest::None, 53))
    }

    /// `±mantissa * 2^exponent`, plus the rest, to the nearest number of that precision.
    fn rounded(negative: bool, mantissa: UBig, exponent: i64, rest: Rest, precision: u32) -> Self {
        let (mut mantissa, mut exponent) = (mantissa, exponent);
        let excess = mantissa.bit_len().saturating_sub(precision as usize);
        if excess > 0 {
            let half = mantissa.bit(excess - 1);
            let below = rest == Rest::Some || mantissa.trailing_zeros().is_some_and(|z| z < excess - 1);
            let odd = mantissa.bit(excess);
            mantissa >>= excess;
            exponent += excess as i64;
            if half && (below || odd) {
                mantissa += UBig::ONE;
            }
        }
        let Some(zeros) = mantissa.trailing_zeros() else {
            return Self { negative, form: Form::Zero, precision };
        };
        mantissa >>= zeros;
        exponent += zeros as i64;
        let top = exponent + mantissa.bit_len() as i64;
        let form = match top {
            t if t > Self::MAX_EXPONENT => Form::Infinite,
            t if t < Self::MIN_EXPONENT => Form::Zero,
            _ => Form::Finite { mantissa, exponent },
        };
        Self { negative, form, precision }
    }

    /// The same number with another precision, rounded if that is smaller.
    #[must_use]
    pub fn with_precision(&self, precision: u32) -> Self {
        match &self.form {
            Form::Finite { mantissa, exponent } => {
                Self::rounded(self.negative, mantissa.clone(), *exponent, Rest::None, precision)
            }
            _ => Self { precision, ..self.clone() },
        }
    }

    pub fn is_zero(&self) -> bool {
        matches!(self.form, Form::Zero)
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self.form, Form::Infinite)
    }

    /// Less than zero.
    pub fn is_negative(&self) -> bool {
        self.negative && !self.is_zero()
    }

    pub fn is_integer(&self) -> bool {
        match &self.form {
            Form::Zero => true,
            Form::Finite { exponent, .. } => *exponent >= 0,
            Form::Infinite => false,
        }
    }

    #[must_use]
    pub fn abs(&self) -> Self {
        Self { negative: false, ..self.clone() }
    }

    /// The integer towards zero; `None` for the infinities.
    pub fn truncated(&self) -> Option<IBig> {
        match &self.form {
            Form::Zero => Some(IBig::ZERO),
            Form::Infinite => None,
            Form::Finite { mantissa, exponent } => {
                let magnitude = match usize::try_from(*exponent) {
                    Ok(left) => mantissa << left,
                    Err(_) => mantissa >> usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX),
                };
                Some(IBig::from_parts(self.sign(), magnitude))
            }
        }
    }

    /// The largest integer not above; the infinities are their own.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.to_whole(self.negative)
    }

    /// The smallest integer not below; the infinities are their own.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.to_whole(!self.negative)
    }

    fn to_whole(&self, away_from_zero: bool) -> Self {
        if self.is_zero() {
            return self.abs();
        }
        if self.is_integer() {
            return self.clone();
        }
        let Some(mut whole) = self.truncated() else { return self.clone() };
        if away_from_zero {
            whole += IBig::from_parts(self.sign(), UBig::ONE);
        }
        let result = Self::from_integer(whole);
        let precision = result.precision.max(self.precision);
        Self { precision, ..result }
    }

    /// Exactly, or `None`.
    pub fn to_i64(&self) -> Option<i64> {
        if !self.is_integer() || self.top() > 64 {
            return None;
        }
        i64::try_from(self.truncated()?).ok()
    }

    /// The nearest 64-bit float, half to even.
    pub fn to_f64(&self) -> f64 {
        let magnitude = match &self.form {
            Form::Zero => 0.0,
            Form::Infinite => f64::INFINITY,
            Form::Finite { .. } => self.finite_magnitude(),
        };
        if self.negative { -magnitude } else { magnitude }
    }

    fn finite_magnitude(&self) -> f64 {
        let top = self.top();
        // Below 2^-1022 a float has fewer bits: the lowest stands for 2^-1074.
        let bits = if top < -1021 { top + 1074 } else { 53 };
        if top > 1024 {
            return f64::INFINITY;
        }
        if bits < 0 {
            return 0.0;
        }
        if bits == 0 {
            // Between nothing and the smallest float; exactly half goes to the even zero.
            let half = matches!(&self.form, Form::Finite { mantissa, .. } if mantissa.is_one());
            return if half { 0.0 } else { f64::from_bits(1) };
        }
        let rounded = self.abs().with_precision(bits as u32);
        let Form::Finite { mantissa, exponent } = &rounded.form else { return f64::INFINITY };
        let m = u64::try_from(mantissa).unwrap_or(u64::MAX) as f64;
        // Two steps, because 2^exponent alone may leave the range.
        let first = (*exponent).clamp(-1000, 1000);
        m * 2f64.powi(first as i32) * 2f64.powi((*exponent - first) as i32)
    }

    /// By value, the infinities at the ends.
    fn compare(&self, other: &Self) -> Ordering {
        let rank = |n: &Self| match (n.is_negative(), &n.form) {
            (_, Form::Zero) => 0,
            (true, Form::Infinite) => -2,
            (true, _) => -1,
            (false, Form::Infinite) => 2,
            (false, _) => 1,
        };
        rank(self).cmp(&rank(other)).then_with(|| {
            let by_magnitude = self.compare_magnitude(other);
            if self.negative { by_magnitude.reverse() } else { by_magnitude }
        })
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let (Form::Finite { mantissa: a, exponent: ea }, Form::Finite { mantissa: b, exponent: eb }) =
            (&self.form, &other.form)
        else {
            return Ordering::Equal;
        };
        self.top().cmp(&other.top()).then_with(|| {
            let low = *ea.min(eb);
            (a << (ea - low) as usize).cmp(&(b << (eb - low) as usize))
        })
    }

    /// One more than the position of the highest bit; zero for zero and infinity.
    fn top(&self) -> i64 {
        match &self.form {
            Form::Finite { mantissa, exponent } => exponent + mantissa.bit_len() as i64,
            _ => 0,
        }
    }

    /// Whether two fractions that differ are still written the same.
    fn reads_as(&self, other: &Self) -> bool {
        if self.is_integer() || other.is_integer() {
            return false;
        }
        // The text is expensive, and alike only for what is as close as the fewest bits can tell.
        let (a, b) = (self.to_f64(), other.to_f64());
        let far_apart = a.is_finite() && b.is_finite() && (a - b).abs() > 1e-14 * a.abs();
        !far_apart && self.to_string() == other.to_string()
    }

    fn sign(&self) -> Sign {
        if self.negative { Sign::Negative } else { Sign::Positive }
    }

    fn signed(&self) -> (IBig, i64) {
        match &self.form {
            Form::Finite { mantissa, exponent } => (IBig::from_parts(self.sign(), mantissa.clone()), *exponent),
            _ => (IBig::ZERO, 0),
        }
    }
}

/// Two numbers are the same when they would be written the same.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            (Form::Zero, Form::Zero) => true,
            (Form::Infinite, Form::Infinite) => self.negative == other.negative,
            (Form::Finite { mantissa: a, exponent: ea }, Form::Finite { mantissa: b, exponent: eb }) => {
                let identical = a == b && ea == eb;
                self.negative == other.negative && (identical || self.reads_as(other))
            }
            _ => false,
        }
    }
}

impl Eq for Number {}

/// By value. What is equal by value and still written differently is ordered by precision.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        self.compare(other).then(self.precision.cmp(&other.precision))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    /// The shortest decimal text that reads back as the same number, without an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::from_integer(IBig::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::from_integer(IBig::from(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from_integer(IBig::from(value))
    }
}

#[cfg(test)]
mod tests;
