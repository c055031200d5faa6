//! Rendering of templates that come as text: files for `templatefile`, values for `templatestring`.
//!
//! A template sees the variables it is given and nothing else, and may not render templates itself.

use unicode_segmentation::UnicodeSegmentation;

use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::lang::functions;
use crate::lang::syntax;
use crate::lang::syntax::ast::{Attribute, Ident, Template};
use crate::lang::value::{Data, Value};

use super::call::Restriction;
use super::scope::{Env, Scope};
use super::{Evaluator, codes, template_references};

/// Why a template has no result.
pub(super) enum RenderError {
    /// The text is no template.
    Syntax(String),
    /// The variables do not fit.
    Variables(String),
    /// Evaluation failed.
    Evaluation(String),
}

/// A template's text and the name it goes by in messages.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

/// Positions inside a template never leave this module except as text, so any file will do.
const FILE: FileId = FileId(u32::MAX);

/// Renders a template with the given variables, whose value must be known and not marked.
pub(super) fn render(
    source: Source<'_>,
    variables: &Value,
    restriction: Restriction,
    functions: &functions::Context,
) -> Result<Value, RenderError> {
    let (template, diagnostics) = syntax::parse_template(FILE, source.text);
    if let Some(text) = source.describe_errors(diagnostics) {
        return Err(RenderError::Syntax(text));
    }
    check_variables(source, &template, variables).map_err(RenderError::Variables)?;
    let scope = TemplateScope { variables, functions };
    let span = Span::new(FILE, 0, source.text.len());
    let mut evaluator = Evaluator::new(&scope, restriction);
    let value = evaluator.template(&template, span, Env::default());
    match source.describe_errors(evaluator.diagnostics) {
        Some(text) => Err(RenderError::Evaluation(text)),
        None if value.is_null() => Err(RenderError::Evaluation(format!(
            "{}: Template result is null; The result of the template is null, which is not a valid result for a \
             templatestring call.",
            source.position(span)
        ))),
        None => Ok(value),
    }
}

fn check_variables(source: Source<'_>, template: &Template, variables: &Value) -> Result<(), String> {
    if !matches!(variables.data, Data::Map(..) | Data::Object(_)) {
        return Err("invalid vars value: must be a map".to_owned());
    }
    if let Some((name, _)) = variables.entries().find(|(name, _)| !is_identifier(name)) {
        return Err(format!(
            "invalid template variable name {name:?}: must start with a letter, followed by zero or more letters, \
             digits, and underscores"
        ));
    }
    let references = template_references(template);
    let roots = references.iter().filter_map(|r| r.path.first());
    match roots.into_iter().find(|root| variables.get(&root.text).is_none()) {
        Some(root) => {
            Err(format!("vars map does not contain key {:?}, referenced at {}", root.text, source.position(root.span)))
        }
        None => Ok(()),
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| unicode_ident::is_xid_start(c) || c == '_')
        && characters.all(|c| unicode_ident::is_xid_continue(c) || c == '-')
}

/// Only the variables the template was given.
pub(super) struct TemplateScope<'a> {
    pub variables: &'a Value,
    pub functions: &'a functions::Context,
}

impl Scope for TemplateScope<'_> {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let root = path.first();
        root.and_then(|name| self.variables.get(&name.text)).map(|value| (value.clone(), 1)).ok_or_else(|| {
            let name = root.map_or("", |name| &name.text);
            Diagnostic::error(codes::UNKNOWN_NAME, "Unknown variable")
                .with_detail(format!("There is no variable named {name:?}."))
        })
    }

    fn functions(&self) -> &functions::Context {
        self.functions
    }
}

impl Source<'_> {
    /// Errors in one line, each with its position; the first one in full.
    fn describe_errors(self, diagnostics: Diagnostics) -> Option<String> {
        let errors: Vec<_> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        let first = errors.first()?;
        let position = first.span().map(|span| format!("{}: ", self.position(span))).unwrap_or_default();
        let text = format!("{position}{}; {}", first.summary, first.detail);
        Some(match errors.len() {
            1 => text,
            n => format!("{text}, and {} other diagnostic(s)", n - 1),
        })
    }

    /// `name:line,column-column`, or with a second line where the span ends on another one.
    fn position(self, span: Span) -> String {
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end);
        if line == end_line {
            format!("{}:{line},{column}-{end_column}", self.name)
        } else {
            format!("{}:{line},{column}-{end_line},{end_column}", self.name)
        }
    }

    /// One-based; columns count what a reader takes for one character.
    fn line_column(self, offset: u32) -> (usize, usize) {
        let before = self.text.get(..offset as usize).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = before.matches('\n').count() + 1;
        (line, before.get(line_start..).unwrap_or_default().graphemes(true).count() + 1)
    }
}

/// How functions get templates rendered and variable files read.
pub(super) struct Renderer<'a> {
    pub functions: &'a functions::Context,
}

impl functions::Templates for Renderer<'_> {
    fn render(&self, name: &str, text: &str, variables: &Value) -> Result<Value, (Option<usize>, String)> {
        render(Source { name, text }, variables, Restriction::TemplateFile, self.functions).map_err(|why| match why {
            RenderError::Variables(why) => (Some(1), why),
            RenderError::Syntax(why) | RenderError::Evaluation(why) => (None, why),
        })
    }

    fn read_variables(&self, text: &str) -> Result<Value, String> {
        let source = Source { name: "<decode_tfvars argument>", text };
        let (body, diagnostics) = syntax::parse_file(FILE, text);
        if let Some(why) = source.describe_errors(diagnostics) {
            return Err(format!("invalid tfvars syntax: {why}"));
        }
        if let Some(block) = body.blocks().next() {
            let name = &block.keyword.text;
            let why = format!("Unexpected {name:?} block; Blocks are not allowed here.");
            return Err(format!("invalid tfvars content: {}: {why}", source.position(block.header)));
        }
        let constant = |attribute: &Attribute| {
            let (value, diagnostics) = super::constant(&attribute.expr, self.functions);
            let name = &attribute.name.text;
            match source.describe_errors(diagnostics) {
                Some(why) => Err(format!("invalid expression for variable {name:?}: {why}")),
                None => Ok((name.clone(), value)),
            }
        };
        body.attributes().map(constant).collect::<Result<_, _>>().map(Value::object)
    }
}
