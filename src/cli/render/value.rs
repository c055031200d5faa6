//! Values as the lines of a plan: the notation of the configuration, with what is secret or not known yet left out.
//!
//! Strings and keys are escaped so that they can be pasted into a configuration and can do nothing to a terminal. The
//! types of collections do not show: a set looks like a list and a map like an object.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::lang::value::{Data, Value};
use crate::lang::write::is_dangerous;
pub use crate::lang::write::{key, quoted};

const SENSITIVE: &str = "(sensitive value)";
const EPHEMERAL: &str = "(ephemeral value)";
const UNKNOWN: &str = "(known after apply)";
const TOO_DEEP: &str = "(nested too deeply to be shown)";

/// Levels of nesting that are shown.
const MAX_DEPTH: usize = 100;

/// Columns each level is indented by.
const STEP: usize = 2;

/// Ends a heredoc.
const END_OF_TEXT: &str = "EOT";

/// A value's text. Its first line stands behind `name = `; every further one is indented by `indent` columns, which are
/// those of the line with the name.
pub fn text(value: &Value, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = lines(value).into_iter();
    let mut out = lines.next().unwrap_or_default();
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&margin);
        }
        out.push_str(&line);
    }
    out
}

/// As [`text`], for a stored or observed value. A fingerprint is shown as the secret that it stands for.
pub fn json_text(value: &serde_json::Value, indent: usize) -> String {
    text(&from_json(value, 0), indent)
}

/// The lines of a value, indented relative to the first. At least one.
pub fn lines(value: &Value) -> Vec<String> {
    let mut writer = Writer { lines: vec![String::new()] };
    writer.value(value, 0);
    writer.lines
}

/// A value in one line.
pub fn line(value: &Value) -> String {
    line_at(value, 0)
}

fn line_at(value: &Value, depth: usize) -> String {
    if value.marks.sensitive || value.marks.ephemeral {
        return lines(value).concat();
    }
    let below = |v: &Value| line_at(v, depth + 1);
    match &value.data {
        Data::String(text) => quoted(text),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) | Data::Map(..) | Data::Object(_) if depth > MAX_DEPTH => {
            TOO_DEEP.to_owned()
        }
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            format!("[{}]", value.elements().map(below).collect::<Vec<_>>().join(", "))
        }
        Data::Map(..) | Data::Object(_) => {
            let entries: Vec<_> = value.entries().map(|(name, v)| format!("{} = {}", key(name), below(v))).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        Data::Null(_) | Data::Unknown(_) | Data::Bool(_) | Data::Number(_) => lines(value).concat(),
    }
}

/// As [`lines`], for a stored or observed value.
pub fn json_lines(value: &serde_json::Value) -> Vec<String> {
    lines(&from_json(value, 0))
}

/// With the secrets that fingerprints stand for marked as such.
fn from_json(json: &serde_json::Value, depth: usize) -> Value {
    let below = |v| from_json(v, depth + 1);
    match json {
        // Too deep to be shown, so it does not matter what it is.
        serde_json::Value::Array(_) | serde_json::Value::Object(_) if depth > MAX_DEPTH => Value::tuple(Vec::new()),
        serde_json::Value::Array(items) => Value::tuple(items.iter().map(below).collect()),
        serde_json::Value::Object(_) if housewright_state::as_fingerprint(json).is_some() => {
            let mut secret = Value::from("");
            secret.marks.sensitive = true;
            secret
        }
        serde_json::Value::Object(fields) => {
            Value::object(fields.iter().map(|(name, v)| (Arc::from(name.as_str()), below(v))).collect())
        }
        scalar => Value::from_json(scalar),
    }
}

struct Writer {
    lines: Vec<String>,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        if value.marks.sensitive {
            return self.append(SENSITIVE);
        }
        if value.marks.ephemeral {
            return self.append(EPHEMERAL);
        }
        match &value.data {
            Data::Null(_) => self.append("null"),
            Data::Unknown(_) => self.append(UNKNOWN),
            Data::Bool(b) => self.append(if *b { "true" } else { "false" }),
            Data::Number(n) => self.append(&n.to_string()),
            Data::String(s) => self.string(s, depth),
            _ if depth > MAX_DEPTH => self.append(TOO_DEEP),
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => self.sequence(elements, depth),
            Data::Map(..) | Data::Object(_) => self.mapping(value, depth),
        }
    }

    fn sequence(&mut self, elements: &[Value], depth: usize) {
        self.append("[");
        for element in elements {
            self.break_line(depth + 1);
            self.value(element, depth + 1);
            self.append(",");
        }
        if !elements.is_empty() {
            self.break_line(depth);
        }
        self.append("]");
    }

    fn mapping(&mut self, value: &Value, depth: usize) {
        let keys: Vec<_> = value.entries().map(|(name, _)| key(name)).collect();
        let widest = keys.iter().map(|k| k.width()).max().unwrap_or(0);
        self.append("{");
        for (key, (_, element)) in keys.iter().zip(value.entries()) {
            self.break_line(depth + 1);
            self.append(key);
            self.append(&" ".repeat(widest - key.width()));
            self.append(" = ");
            self.value(element, depth + 1);
        }
        if !keys.is_empty() {
            self.break_line(depth);
        }
        self.append("}");
    }

    /// Quoted, or a heredoc when there are several lines. (As in Terraform's plans, the line break before the end of the
    /// heredoc is not part of the text; a text that ends with one has an empty last line.)
    fn string(&mut self, text: &str, depth: usize) {
        if !fits_heredoc(text) {
            return self.append(&quoted(text));
        }
        self.append("<<-");
        self.append(END_OF_TEXT);
        for line in text.split('\n') {
            self.break_line(if line.is_empty() { 0 } else { depth + 1 });
            self.append(&line.replace("${", "$${").replace("%{", "%%{"));
        }
        self.break_line(depth);
        self.append(END_OF_TEXT);
    }

    fn append(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.push_str(text);
        }
    }

    fn break_line(&mut self, depth: usize) {
        self.lines.push(" ".repeat(depth * STEP));
    }
}

/// Several lines that need no escapes and cannot be taken for the end.
fn fits_heredoc(text: &str) -> bool {
    let is_plain = |c| matches!(c, '\n' | '\t') || !is_dangerous(c);
    text.contains('\n') && text.chars().all(is_plain) && text.split('\n').all(|line| line.trim() != END_OF_TEXT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::lang::value::Type;

    fn object(fields: Vec<(&str, Value)>) -> Value {
        Value::object(fields.into_iter().map(|(n, v)| (Arc::from(n), v)).collect::<BTreeMap<_, _>>())
    }

    fn marked(mut value: Value, sensitive: bool, ephemeral: bool) -> Value {
        (value.marks.sensitive, value.marks.ephemeral) = (sensitive, ephemeral);
        value
    }

    #[test]
    fn values_look_like_the_configuration() {
        let value = object(vec![
            ("name", Value::from("main")),
            ("num_replicas", Value::from(3)),
            ("idle_scaling", Value::from(true)),
            ("endpoint", Value::unknown(Type::String)),
            ("password", marked(Value::from("hunter2"), true, false)),
            ("token", marked(Value::from("hunter3"), false, true)),
            ("later", marked(Value::unknown(Type::String), true, false)),
            ("nothing", Value::null(Type::String)),
            ("empty", Value::tuple(vec![])),
            ("none", object(vec![])),
            (
                "ip_access",
                Value::tuple(vec![object(vec![("source", Value::from("10.0.0.0/8"))]), Value::unknown(Type::Any)]),
            ),
            (
                "tags",
                object(vec![
                    ("cost-center", Value::from("a")),
                    ("two words", Value::from("b")),
                    ("for", Value::from("c")),
                    ("日本", Value::from("d")),
                    ("1", Value::from("e")),
                ]),
            ),
            ("query", Value::from("SELECT 1\n\n  FROM ${x}\n")),
            ("lines", Value::tuple(vec![Value::from("a\nb"), Value::from("c")])),
        ]);
        assert_snapshot!(text(&value, 4), @r#"
        {
              empty        = []
              endpoint     = (known after apply)
              idle_scaling = true
              ip_access    = [
                {
                  source = "10.0.0.0/8"
                },
                (known after apply),
              ]
              later        = (sensitive value)
              lines        = [
                <<-EOT
                  a
                  b
                EOT,
                "c",
              ]
              name         = "main"
              none         = {}
              nothing      = null
              num_replicas = 3
              password     = (sensitive value)
              query        = <<-EOT
                SELECT 1

                  FROM $${x}

              EOT
              tags         = {
                "1"         = "e"
                cost-center = "a"
                "for"       = "c"
                "two words" = "b"
                日本        = "d"
              }
              token        = (ephemeral value)
            }
        "#);
    }

    #[test]
    fn strings_are_harmless_and_can_be_read_back() {
        assert_eq!(quoted("a \"b\" \\ \n\r\t ${x} %{y} $x $${ é日"), r#""a \"b\" \\ \n\r\t $${x} %%{y} $x $$${ é日""#);
        assert_eq!(quoted("\u{1b}[31m\u{202e}\u{0}\u{feff}"), r#""\u001B[31m\u202E\u0000\uFEFF""#);
        assert_eq!(key("\u{1b}"), r#""\u001B""#);
        for hidden in ["a\nb\u{1b}", "a\r\nb", "a\nEOT\nb"] {
            assert_eq!(lines(&Value::from(hidden)).len(), 1, "{hidden:?}");
        }
    }

    #[test]
    fn stored_secrets_are_not_shown() {
        let stored = json!({ "password": { "$fingerprint": "9d4c" }, "n": 1.5, "big": u64::MAX, "list": [null, { "$fingerprint": "1", "x": 2 }] });
        assert_snapshot!(json_text(&stored, 0), @r#"
        {
          big      = 18446744073709551615
          list     = [
            null,
            {
              "$fingerprint" = "1"
              x              = 2
            },
          ]
          n        = 1.5
          password = (sensitive value)
        }
        "#);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(!json_text(&nested(MAX_DEPTH), 0).contains(TOO_DEEP));
        let text = json_text(&nested(500), 0);
        assert!(text.contains(TOO_DEEP) && text.len() < 50_000);
    }
}
