//! Character classes: `[a-z\d[:alpha:]]` and `\pL`.

use super::pattern::Translator;

type Result<T> = std::result::Result<T, String>;

/// Translates the class that starts at the position.
pub(super) fn translate(t: &mut Translator<'_>) -> Result<()> {
    let start = t.position;
    t.skip(1);
    t.out.push('[');
    if t.peek() == Some('^') {
        t.skip(1);
        t.out.push('^');
    }
    let mut first = true;
    loop {
        match t.peek() {
            None => return Err(format!("missing closing ] in {}", t.since(start))),
            Some(']') if !first => break,
            Some(_) => item(t)?,
        }
        first = false;
    }
    t.skip(1);
    t.out.push(']');
    Ok(())
}

/// One member: a named class, a class escape, a character or a range of characters.
fn item(t: &mut Translator<'_>) -> Result<()> {
    if t.rest().starts_with("[:") && t.rest().get(2..).is_some_and(|r| r.contains(":]")) {
        return named(t);
    }
    let class_escape = match t.rest().get(..2) {
        Some("\\d") => Some("0-9"),
        Some("\\D") => Some("[^0-9]"),
        Some("\\s") => Some("\\t\\n\\x0C\\r "),
        Some("\\S") => Some("[^\\t\\n\\x0C\\r ]"),
        Some("\\w") => Some("0-9A-Za-z_"),
        Some("\\W") => Some("[^0-9A-Za-z_]"),
        _ => None,
    };
    if let Some(members) = class_escape {
        t.skip(2);
        t.out.push_str(members);
        return Ok(());
    }
    if matches!(t.rest().get(..2), Some("\\p" | "\\P")) {
        let property = property(t)?;
        t.out.push_str(&property);
        return Ok(());
    }
    let start = t.position;
    let low = character(t)?;
    push(t, low);
    let is_range = t.peek() == Some('-') && !t.rest().starts_with("-]") && t.rest().len() > 1;
    if is_range {
        t.skip(1);
        let high = character(t)?;
        if high < low {
            return Err(format!("invalid character class range in {}", t.since(start)));
        }
        t.out.push('-');
        push(t, high);
    }
    Ok(())
}

/// Everything that could mean something to the crate is escaped.
fn push(t: &mut Translator<'_>, c: char) {
    if c.is_ascii_punctuation() {
        t.out.push('\\');
        t.out.push(c);
    } else {
        t.push_literal(c);
    }
}

fn character(t: &mut Translator<'_>) -> Result<char> {
    if t.peek() == Some('\\') {
        return t.escaped_character();
    }
    t.next().ok_or_else(|| format!("missing closing ] in {}", t.text))
}

/// `[:alpha:]` and the like; ASCII in both syntaxes.
fn named(t: &mut Translator<'_>) -> Result<()> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    let end = t.rest().find(":]").map_or(t.rest().len(), |i| i + 2);
    let whole = t.rest().get(..end).unwrap_or_default();
    let name = whole.trim_matches(['[', ']', ':', '^']);
    if !NAMES.contains(&name) {
        return Err(format!("invalid character class range in {whole}"));
    }
    t.out.push_str(whole);
    t.skip(end);
    Ok(())
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}` at the position, in the same spelling.
pub(super) fn property(t: &mut Translator<'_>) -> Result<String> {
    let start = t.position;
    let mut negated = t.rest().starts_with("\\P");
    t.skip(2);
    let name = match t.rest().strip_prefix('{') {
        Some(inner) => {
            let Some(end) = inner.find('}') else {
                return Err(format!("invalid character class range in {}", t.text.get(start..).unwrap_or_default()));
            };
            t.skip(end + 2);
            inner.get(..end).unwrap_or_default()
        }
        None => {
            let from = t.position;
            t.next();
            t.since(from)
        }
    };
    let name = match name.strip_prefix('^') {
        Some(name) => {
            negated = !negated;
            name
        }
        None => name,
    };
    let spelled = format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
    if !is_known(name) {
        return Err(format!("invalid character class range in {}", t.since(start)));
    }
    Ok(spelled)
}

/// Short names of general categories, and names of scripts with capitals as Unicode writes them.
fn is_known(name: &str) -> bool {
    const CATEGORIES: [&str; 36] = [
        "C", "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P",
        "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs", "Any",
    ];
    let is_capitalised = |word: &str| {
        let rest = word.get(1..).unwrap_or_default();
        word.starts_with(|c: char| c.is_ascii_uppercase()) && rest.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let is_script = || regex::Regex::new(&format!("\\p{{sc={name}}}")).is_ok();
    CATEGORIES.contains(&name) || (name.len() > 2 && name.split('_').all(is_capitalised) && is_script())
}
