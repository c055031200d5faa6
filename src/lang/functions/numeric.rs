//! Functions of numbers.

use dashu_int::ops::Abs;
use dashu_int::{IBig, UBig};

use crate::lang::value::{Number, Type, Value};

use super::call::{Call, Failure, Result, shown};
use super::signature::{Function, NUMBER, Returns, any, number};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abs", &[number("num").untyped()], NUMBER, |c| Ok(Value::number(c.number(0).abs()))),
    Function::new("ceil", &[number("num")], NUMBER, |c| Ok(Value::number(c.number(0).ceil()))),
    Function::new("floor", &[number("num")], NUMBER, |c| Ok(Value::number(c.number(0).floor()))),
    Function::new("log", &[number("num"), number("base")], NUMBER, log),
    Function::new("max", &[], NUMBER, max).variadic(number("numbers").untyped()),
    Function::new("min", &[], NUMBER, min).variadic(number("numbers").untyped()),
    Function::new(
        "parseint",
        &[any("number").marked().unknown(), number("base").marked().unknown()],
        Returns::From(parseint_type),
        parseint,
    ),
    Function::new("pow", &[number("num"), number("power")], NUMBER, pow),
    Function::new("signum", &[number("num")], NUMBER, |c| Ok(Value::from(c.integer(0)?.signum()))),
];

fn from_float(result: f64) -> Result<Value> {
    Number::from_f64(result).map(Value::number).ok_or_else(|| Failure::from("the result is not a number"))
}

fn log(call: &Call<'_>) -> Result<Value> {
    from_float(libm::log(call.float(0)?) / libm::log(call.float(1)?))
}

fn pow(call: &Call<'_>) -> Result<Value> {
    from_float(power(call.float(0)?, call.float(1)?))
}

/// `base` raised to `exponent` on 64-bit floats: by repeated squaring for the whole part of the exponent, so that powers
/// of integers come out the same on every platform.
fn power(base: f64, exponent: f64) -> f64 {
    let whole = exponent.abs().trunc();
    if exponent == -0.5 && base > 0.0 {
        return 1.0 / base.sqrt();
    }
    // The square root and everything special follow the rules of IEEE 754, as does what is far out of range.
    let special = base == 0.0 || base == 1.0 || !base.is_finite() || !exponent.is_finite() || exponent.abs() == 0.5;
    if special || whole >= (1u64 << 63) as f64 || (base < 0.0 && whole != exponent.abs()) {
        return libm::pow(base, exponent);
    }
    let mut fraction = exponent.abs() - whole;
    let mut whole = whole as u64;
    let mut result = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1;
        }
        result = exp(fraction * libm::log(base));
    }
    let mut scale = 0i64;
    let (mut square, square_scale) = libm::frexp(base);
    let mut square_scale = i64::from(square_scale);
    while whole != 0 {
        if square_scale.abs() > 1 << 12 {
            // The result overflows, or vanishes.
            scale += square_scale;
            break;
        }
        if whole & 1 == 1 {
            result *= square;
            scale += square_scale;
        }
        square *= square;
        square_scale *= 2;
        if square < 0.5 {
            square += square;
            square_scale -= 1;
        }
        whole >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        scale = -scale;
    }
    libm::ldexp(result, scale.clamp(-5000, 5000) as i32)
}

/// e raised to `x`, which is no larger than half the logarithm of a float. With `x` = n·ln 2 + r it is 2ⁿ times the series
/// of r/16, squared four times (Shibata, ISC 2010); fused multiplications make its last digit the same everywhere.
fn exp(x: f64) -> f64 {
    // The logarithm of 2: as much as n can be multiplied by exactly, and the rest.
    const LN_2: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN_2_REST: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    let n = (x * std::f64::consts::LOG2_E).round_ties_even();
    let r = n.mul_add(-LN_2_REST, n.mul_add(-LN_2, x)) / 16.0;
    let series = [5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0];
    let sum = series.into_iter().fold(1.0 / 40320.0, |sum: f64, factorial| sum.mul_add(r, 1.0 / factorial));
    // Of the power minus 1, which loses no digits: (1 + y)² − 1 = y (y + 2).
    let y = (0..3).fold(sum * r, |y, _| y * (y + 2.0));
    libm::ldexp(y.mul_add(y + 2.0, 1.0), n as i32)
}

fn max(call: &Call<'_>) -> Result<Value> {
    extreme(call, Number::infinity(true), |a, b| a > b)
}

fn min(call: &Call<'_>) -> Result<Value> {
    extreme(call, Number::infinity(false), |a, b| a < b)
}

fn extreme(call: &Call<'_>, start: Number, better: fn(&Number, &Number) -> bool) -> Result<Value> {
    if call.args.is_empty() {
        return Err("must pass at least one number".into());
    }
    let numbers = call.args.iter().filter_map(Value::as_number);
    let best = numbers.fold(start, |best, n| if better(n, &best) { n.clone() } else { best });
    Ok(Value::number(best))
}

fn parseint_type(args: &[Value]) -> Result<Type> {
    match args.first().map(Value::ty) {
        Some(Type::String) => Ok(Type::Number),
        Some(other) => Err(Failure::at(0, format!("first argument must be a string, not {}", other.friendly_name()))),
        None => Ok(Type::Number),
    }
}

fn parseint(call: &Call<'_>) -> Result<Value> {
    let marks = call.arg(0).marks | call.arg(1).marks;
    if call.args.iter().any(|a| !a.is_known()) {
        return Ok(call.unknown().with_marks(marks));
    }
    let text = call.text(0);
    let base = call.integer(1).map_err(|e| Failure::at(1, e))?;
    if !(2..=62).contains(&base) {
        return Err(Failure::at(1, "base must be a whole number between 2 and 62 inclusive"));
    }
    match parse_integer(text, base as u32) {
        Some(n) => Ok(Value::number(Number::from_integer(n)).with_marks(marks)),
        None => {
            let text = shown(text, call.arg(0).marks);
            let base = if call.arg(1).marks.sensitive { "(sensitive value)".to_owned() } else { base.to_string() };
            Err(Failure::at(0, format!("cannot parse {text} as a base {base} integer")))
        }
    }
}

/// Up to base 36 capitals stand for the same digits as small letters, beyond for larger ones.
fn parse_integer(text: &str, base: u32) -> Option<IBig> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() {
        return None;
    }
    let magnitude = if base <= 36 {
        if !digits.chars().all(|c| c.is_digit(base)) {
            return None;
        }
        UBig::from_str_radix(digits, base).ok()?
    } else {
        let digit = |c: char| match c {
            'A'..='Z' => Some(u32::from(c) - u32::from('A') + 36),
            c => c.to_digit(36),
        };
        digits.chars().try_fold(UBig::ZERO, |n, c| {
            let d = digit(c).filter(|d| *d < base)?;
            Some(n * UBig::from(base) + UBig::from(d))
        })?
    };
    let value = IBig::from(magnitude);
    Some(if negative { -value.abs() } else { value })
}
