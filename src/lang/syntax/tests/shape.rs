//! A short notation of trees for expectations.

use super::super::ast::*;

pub fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.to_string(),
        ExprKind::Template(t) => format!("{}{}", if t.heredoc { "heredoc" } else { "" }, parts(&t.parts)),
        ExprKind::Tuple(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(", ")),
        ExprKind::Object(items) => format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(", ")),
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Attr { base, name } => format!("{}.{}", shape(base), name.text),
        ExprKind::Index { base, key } => format!("{}[{}]", shape(base), shape(key)),
        ExprKind::Splat { source, each, style } => {
            let mark = if *style == SplatStyle::Full { "[*]" } else { ".*" };
            format!("<{}{mark} {}>", shape(source), shape(each))
        }
        ExprKind::SplatItem => "_".into(),
        ExprKind::Call { name, args, expand } => {
            let args = args.iter().map(shape).collect::<Vec<_>>().join(", ");
            format!("{}({args}{})", name.text, if *expand { "..." } else { "" })
        }
        ExprKind::Unary { op, operand } => format!("({op:?} {})", shape(operand)),
        ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", shape(left), shape(right)),
        ExprKind::Conditional { condition, if_true, if_false } => {
            format!("({} ? {} : {})", shape(condition), shape(if_true), shape(if_false))
        }
        ExprKind::For(f) => for_shape(f),
        ExprKind::Paren(inner) => format!("({})", shape(inner)),
        ExprKind::Invalid => "INVALID".into(),
    }
}

fn item(item: &ObjectItem) -> String {
    let key = match &item.key {
        ObjectKey::Name(name) => name.text.to_string(),
        ObjectKey::Expr(expr) => format!("<{}>", shape(expr)),
    };
    format!("{key}={}", shape(&item.value))
}

fn for_shape(f: &For) -> String {
    let key_var = f.key_var.as_ref().map_or(String::new(), |k| format!("{}, ", k.text));
    let key = f.key.as_ref().map_or(String::new(), |k| format!("{} => ", shape(k)));
    let group = if f.group { "..." } else { "" };
    let condition = f.condition.as_ref().map_or(String::new(), |c| format!(" if {}", shape(c)));
    format!(
        "for {key_var}{} in {} : {key}{}{group}{condition}",
        f.value_var.text,
        shape(&f.collection),
        shape(&f.value)
    )
}

pub fn parts(parts: &[TemplatePart]) -> String {
    let shapes: Vec<String> = parts
        .iter()
        .map(|part| match part {
            TemplatePart::Literal { text, .. } => format!("{text:?}"),
            TemplatePart::Interpolation(expr) => format!("${{{}}}", shape(expr)),
            TemplatePart::If(i) => {
                format!("if {} {} else {}", shape(&i.condition), self::parts(&i.if_true), self::parts(&i.if_false))
            }
            TemplatePart::For(f) => {
                let key = f.key_var.as_ref().map_or(String::new(), |k| format!("{}, ", k.text));
                format!("for {key}{} in {} {}", f.value_var.text, shape(&f.collection), self::parts(&f.body))
            }
        })
        .collect();
    format!("<{}>", shapes.join(" "))
}
