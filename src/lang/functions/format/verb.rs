//! One verb of a format: `%`, flags, width, precision, argument index, mode.

use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Number, Type, Value};

use super::super::call::Result;
use super::super::string::characters;

/// Width and precision beyond this are refused: they would only fill memory.
const LIMIT: usize = 1_000_000;

#[derive(Debug, Default)]
pub(super) struct Verb<'a> {
    /// As written.
    pub raw: &'a str,
    /// From 1.
    pub argument: usize,
    offset: usize,
    mode: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Reads along a verb's text.
struct Cursor<'a> {
    text: &'a str,
    position: usize,
    /// Where the text stands in the whole.
    offset: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.position..)?.chars().next()
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.peek().filter(|c| wanted(*c))?;
        self.position += c.len_utf8();
        Some(c)
    }

    fn number(&mut self) -> Result<usize> {
        let start = self.position;
        while self.take(|c| c.is_ascii_digit()).is_some() {}
        let digits = self.text.get(start..self.position).unwrap_or_default();
        match digits.parse() {
            Ok(n) if n <= LIMIT => Ok(n),
            Err(_) if digits.is_empty() => Ok(0),
            _ => Err(format!("the number {digits} in the format string is too large").into()),
        }
    }

    fn unexpected<T>(&self) -> Result<T> {
        let at = self.offset + self.position;
        Err(match self.peek() {
            Some(c) => format!("unrecognized format character {c:?} at offset {at}"),
            None => format!("invalid format string starting at offset {at}"),
        }
        .into())
    }
}

impl<'a> Verb<'a> {
    /// The verb at the start of the text, which begins with `%`. Takes the given argument unless it names another.
    pub fn parse(text: &'a str, offset: usize, next_arg: usize) -> Result<Self> {
        let mut cursor = Cursor { text, position: 1, offset };
        let mut verb = Verb { argument: next_arg, offset, ..Verb::default() };
        while let Some(flag) = cursor.take(|c| "0#-+ ".contains(c)) {
            match flag {
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                _ => verb.space = true,
            }
        }
        if cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
            verb.width = Some(cursor.number()?);
        }
        if cursor.take(|c| c == '.').is_some() {
            verb.precision = Some(cursor.number()?);
        }
        if cursor.take(|c| c == '[').is_some() {
            if !cursor.peek().is_some_and(|c| ('1'..='9').contains(&c)) {
                return cursor.unexpected();
            }
            verb.argument = cursor.number()?;
            if cursor.take(|c| c == ']').is_none() {
                return cursor.unexpected();
            }
        }
        let Some(mode) = cursor.take(|c| c.is_ascii_alphabetic()) else { return cursor.unexpected() };
        verb.mode = mode;
        verb.raw = text.get(..cursor.position).unwrap_or_default();
        Ok(verb)
    }

    pub fn write(&self, args: &[Value], out: &mut String) -> Result<()> {
        let Some(arg) = args.get(self.argument - 1) else {
            return Err(format!(
                "not enough arguments for {:?} at {}: need index {} but have {} total",
                self.raw,
                self.offset,
                self.argument,
                args.len()
            )
            .into());
        };
        if self.mode != 'v' && arg.is_null() {
            return Err(self.unsupported("null value cannot be formatted").into());
        }
        out.push_str(&match self.mode {
            'v' => self.padded(self.as_is(arg)?),
            't' => self.converted(arg, &Type::Bool)?.as_bool().unwrap_or_default().to_string(),
            'b' | 'd' | 'o' | 'x' | 'X' => self.integer(arg)?,
            'e' | 'E' | 'f' | 'g' | 'G' => self.float(arg)?,
            's' | 'q' => self.string(arg)?,
            mode => {
                return Err(
                    format!("unsupported format verb {mode:?} in {:?} at offset {}", self.raw, self.offset).into()
                );
            }
        });
        Ok(())
    }

    fn unsupported(&self, why: &str) -> String {
        format!("unsupported value for {:?} at {}: {why}", self.raw, self.offset)
    }

    fn converted(&self, arg: &Value, ty: &Type) -> std::result::Result<Value, String> {
        convert(arg, ty).map_err(|e| self.unsupported(&e.message))
    }

    /// Strings and numbers plainly, everything else (and everything with `#`) as JSON.
    fn as_is(&self, arg: &Value) -> std::result::Result<String, String> {
        match &arg.data {
            Data::String(s) if !self.sharp => Ok(s.to_string()),
            Data::Number(n) if !self.sharp => Ok(n.to_general_text(None, 'e')),
            _ => arg.to_json_text().map_err(|e| self.unsupported(&e.to_string())),
        }
    }

    fn string(&self, arg: &Value) -> std::result::Result<String, String> {
        let value = self.converted(arg, &Type::String)?;
        let mut text = value.as_str().unwrap_or_default().to_owned();
        if let Some(count) = self.precision.filter(|n| *n > 0) {
            text = characters(&text).take(count).collect();
        }
        if self.mode == 'q' {
            text = Value::from(text).to_json_text().map_err(|e| self.unsupported(&e.to_string()))?;
        }
        Ok(self.padded(text))
    }

    fn padded(&self, text: String) -> String {
        let length = characters(&text).count();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        if missing == 0 {
            return text;
        }
        let padding = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { text + &padding } else { padding + &text }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn integer(&self, arg: &Value) -> std::result::Result<String, String> {
        let value = self.converted(arg, &Type::Number)?;
        let number = value.as_number().filter(|n| n.is_integer());
        let number = number.ok_or_else(|| self.unsupported("an integer is required"))?;
        let (radix, prefix) = match self.mode {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = number.abs().to_radix_text(radix).unwrap_or_default();
        if self.mode == 'X' {
            digits.make_ascii_uppercase();
        }
        if digits == "0" && self.precision == Some(0) {
            return Ok(String::new());
        }
        let prefix = if self.sharp { prefix } else { "" };
        let start = format!("{}{prefix}", self.sign(number.is_negative()));
        let mut zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let missing = self.width.unwrap_or(0).saturating_sub(start.len() + zeros + digits.len());
        let (mut left, mut right) = (0, 0);
        if self.minus {
            right = missing;
        } else if self.zero && self.precision.is_none() {
            zeros = missing;
        } else {
            left = missing;
        }
        Ok(format!("{}{start}{}{digits}{}", " ".repeat(left), "0".repeat(zeros), " ".repeat(right)))
    }

    fn float(&self, arg: &Value) -> std::result::Result<String, String> {
        let value = self.converted(arg, &Type::Number)?;
        let number = value.as_number().cloned().unwrap_or_else(Number::zero);
        let text = self.magnitude(&number.abs());
        // An infinity always has a sign.
        let sign = match self.sign(number.has_minus()) {
            "" if number.is_infinite() => "+",
            sign => sign,
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + text.len());
        Ok(if self.minus {
            format!("{sign}{text}{}", " ".repeat(missing))
        } else if self.zero && !number.is_infinite() {
            format!("{sign}{}{text}", "0".repeat(missing))
        } else {
            format!("{}{sign}{text}", " ".repeat(missing))
        })
    }

    fn magnitude(&self, number: &Number) -> String {
        const DEFAULT_PLACES: usize = 6;
        let places = self.precision.unwrap_or(DEFAULT_PLACES);
        let Some(mut decimal) = number.to_decimal() else { return "Inf".to_owned() };
        match self.mode {
            'f' => {
                decimal.round_to_places(places);
                decimal.to_fixed(places)
            }
            'g' | 'G' => number.to_general_text(self.precision, if self.mode == 'g' { 'e' } else { 'E' }),
            letter => {
                decimal.round(places + 1);
                decimal.to_scientific(places, letter)
            }
        }
    }
}
