//! Sums, products, quotients and remainders, rounded half to even to the larger precision of the operands.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use dashu_int::ops::{BitTest, DivRem};
use dashu_int::{IBig, Sign, UBig};

use super::{Form, Number, Rest};

impl Number {
    fn add_at(&self, other: &Self, precision: u32) -> Option<Self> {
        match (&self.form, &other.form) {
            (Form::Infinite, Form::Infinite) if self.negative != other.negative => None,
            (Form::Zero, Form::Zero) => {
                Some(Self { negative: self.negative && other.negative, form: Form::Zero, precision })
            }
            (Form::Infinite, _) | (_, Form::Zero) => Some(self.with_precision(precision)),
            (_, Form::Infinite) | (Form::Zero, _) => Some(other.with_precision(precision)),
            (Form::Finite { .. }, Form::Finite { .. }) => Some(self.add_finite(other, precision)),
        }
    }

    fn add_finite(&self, other: &Self, precision: u32) -> Self {
        let (large, small) = if self.top() >= other.top() { (self, other) } else { (other, self) };
        let (a, a_exponent) = large.signed();
        let (mut b, mut b_exponent) = small.signed();
        let lowest_seen = large.top().min(a_exponent + 1) - i64::from(precision) - 4;
        if small.top() < lowest_seen {
            // Too small to be seen in the result but for the direction of the rounding.
            b = IBig::from(if small.negative { -1 } else { 1 });
            b_exponent = lowest_seen;
        }
        let exponent = a_exponent.min(b_exponent);
        let sum = (a << (a_exponent - exponent) as usize) + (b << (b_exponent - exponent) as usize);
        let (sign, mantissa) = sum.into_parts();
        Self::rounded(sign == Sign::Negative, mantissa, exponent, Rest::None, precision)
    }

    pub(super) fn mul_at(&self, other: &Self, precision: u32) -> Option<Self> {
        let negative = self.negative != other.negative;
        match (&self.form, &other.form) {
            (Form::Zero, Form::Infinite) | (Form::Infinite, Form::Zero) => None,
            (Form::Infinite, _) | (_, Form::Infinite) => Some(Self { negative, form: Form::Infinite, precision }),
            (Form::Zero, _) | (_, Form::Zero) => Some(Self { negative, form: Form::Zero, precision }),
            (Form::Finite { mantissa: a, exponent: ea }, Form::Finite { mantissa: b, exponent: eb }) => {
                Some(Self::rounded(negative, a * b, ea + eb, Rest::None, precision))
            }
        }
    }

    pub(super) fn div_at(&self, other: &Self, precision: u32) -> Option<Self> {
        let negative = self.negative != other.negative;
        match (&self.form, &other.form) {
            (Form::Zero, Form::Zero) | (Form::Infinite, Form::Infinite) => None,
            (Form::Zero, _) | (_, Form::Infinite) => Some(Self { negative, form: Form::Zero, precision }),
            (Form::Infinite, _) | (_, Form::Zero) => Some(Self { negative, form: Form::Infinite, precision }),
            (Form::Finite { mantissa: a, exponent: ea }, Form::Finite { mantissa: b, exponent: eb }) => {
                let shift = (precision as usize + 2 + b.bit_len()).saturating_sub(a.bit_len());
                let (quotient, remainder) = (a << shift).div_rem(b);
                // One more bit that says whether anything is left, so that the rounding sees it.
                let mut quotient = quotient << 1;
                if !remainder.is_zero() {
                    quotient += UBig::ONE;
                }
                Some(Self::rounded(negative, quotient, ea - eb - shift as i64 - 1, Rest::None, precision))
            }
        }
    }
}

impl Add for &Number {
    type Output = Option<Number>;

    /// The sum; `None` when there is none (infinity less infinity).
    fn add(self, other: &Number) -> Option<Number> {
        self.add_at(other, self.precision.max(other.precision))
    }
}

impl Sub for &Number {
    type Output = Option<Number>;

    /// The difference; `None` when there is none (infinity less infinity).
    fn sub(self, other: &Number) -> Option<Number> {
        self + &-other
    }
}

impl Mul for &Number {
    type Output = Option<Number>;

    /// The product, with as many bits as it needs up to 512; `None` when there is none (zero times infinity).
    fn mul(self, other: &Number) -> Option<Number> {
        let product = self.mul_at(other, Number::PRECISION)?;
        let needed = match &product.form {
            Form::Finite { mantissa, .. } => mantissa.bit_len() as u32,
            _ => 0,
        };
        Some(Number { precision: self.precision.max(other.precision).max(needed), ..product })
    }
}

impl Div for &Number {
    type Output = Option<Number>;

    /// The quotient, an infinity when only the divisor is zero; `None` when there is none (0/0).
    fn div(self, other: &Number) -> Option<Number> {
        self.div_at(other, self.precision.max(other.precision))
    }
}

impl Rem for &Number {
    type Output = Option<Number>;

    /// What is left after dividing and cutting towards zero: the sign is the dividend's. Dividing by zero leaves the
    /// dividend. `None` where there is no number (an infinity).
    fn rem(self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return Some(self.clone());
        }
        let quotient = (self / other)?;
        let whole = Number::from_integer(quotient.truncated()?).with_precision(self.precision);
        let product = other.mul_at(&whole, self.precision)?;
        self.add_at(&-product, self.precision)
    }
}

impl Neg for Number {
    type Output = Number;

    fn neg(self) -> Number {
        Number { negative: !self.negative, ..self }
    }
}

impl Neg for &Number {
    type Output = Number;

    fn neg(self) -> Number {
        -self.clone()
    }
}
