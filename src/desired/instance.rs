//! One instance: the values of its attributes, checked against the schema, and where they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::address::{Address, Mode};
use crate::config::{IgnoreChanges, Resource, Rule};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Span, suggestion};
use crate::kinds;
use crate::lang::eval::evaluate;
use crate::lang::syntax::ast::{self, Body, Expr, ExprKind, Ident, ObjectKey};
use crate::lang::value::convert::{convert, path_text};
use crate::lang::value::{Data, Type, Value};
use crate::plan::{Desired, entry_path};
use crate::schema::{AttrType, Attribute, Exposure, Presence, Schema};

use super::expand::Expanded;
use super::modules::Place;
use super::names::Names;
use super::{Evaluation, Instance, Places};

impl Evaluation<'_> {
    /// The body of a resource for one of its instances.
    pub(super) fn body(
        &self,
        node: usize,
        place: Place,
        resource: &Resource,
        expanded: &Expanded,
    ) -> (Instance, Diagnostics) {
        let places = Places { header: resource.span, attributes: BTreeMap::new() };
        let names = Names::at(self, place).of(Some(expanded));
        let mut reading = Reading {
            names,
            iterators: Vec::new(),
            places,
            sensitive: BTreeSet::new(),
            diagnostics: Diagnostics::new(),
        };
        let kind = kinds::of(&resource.address);
        let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        if let Some(schema) = kinds::schema_of(&resource.address) {
            values = reading.attributes(schema, &resource.body);
        }
        let named = kind.and_then(kinds::Kind::named_by);
        if let Some(name) = named.filter(|n| values.get(*n).is_none_or(Value::is_null)) {
            values.insert(name.into(), Value::from(default_name(resource, expanded).as_str()));
        }
        for rule in &resource.lifecycle.preconditions {
            reading.rule(rule, "Resource precondition failed");
        }
        let protect = resource.lifecycle.prevent_destroy.as_ref().map(|e| reading.flag(e));
        resource.lifecycle.create_before_destroy.as_ref().map(|e| reading.flag(e));
        let ignored =
            ignored(&resource.lifecycle.ignore_changes, kind.map(kinds::Kind::schema), &mut reading.diagnostics);
        let steps = &self.at(place).steps;
        let triggers = reading.triggers(&resource.lifecycle.replace_triggered_by, steps);
        let data = resource.address.mode == Mode::Data;
        let awaits = if data { self.awaited(place, resource) } else { Vec::new() };
        let wanted = if data {
            self.wanted(&Address { module: steps.clone(), ..resource.address.clone() })
        } else {
            BTreeSet::new()
        };
        let desired = Desired {
            address: Address { module: steps.clone(), key: expanded.key.clone(), ..resource.address.clone() },
            values: match kinds::schema_of(&resource.address) {
                Some(schema) => schema.object(|a| values.remove(a.name).unwrap_or_else(|| a.null())),
                None => Value::object(values),
            },
            sensitive: std::mem::take(&mut reading.sensitive),
            shared: resource.shared.iter().map(|s| s.text.to_string()).collect(),
            ignored,
            protect,
            cloud: self.modules.cloud(place.module, resource.cloud.as_ref()),
            dependencies: self.blocks_before(node, steps),
        };
        (Instance { desired, places: reading.places, triggers, awaits, wanted }, reading.diagnostics)
    }

    /// Conditions on an instance once it is known what references to it give.
    pub(super) fn postconditions(
        &self,
        place: Place,
        resource: &Resource,
        expanded: &Expanded,
        itself: &Value,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for rule in &resource.lifecycle.postconditions {
            let scope = Names::at(self, place).of(Some(expanded)).with_self(itself);
            check_rule(rule, &scope, Severity::Error, "Resource postcondition failed", &mut diagnostics);
        }
        diagnostics
    }
}

/// The label, and for one of several its key.
fn default_name(resource: &Resource, expanded: &Expanded) -> String {
    use crate::address::InstanceKey;
    match &expanded.key {
        None => resource.address.name.clone(),
        Some(InstanceKey::Index(i)) => format!("{}-{i}", resource.address.name),
        Some(InstanceKey::Name(n)) => format!("{}-{n}", resource.address.name),
    }
}

/// Evaluates a condition; an unknown one is not judged yet.
pub(super) fn check_rule(rule: &Rule, scope: &Names<'_, '_>, severity: Severity, summary: &str, out: &mut Diagnostics) {
    let (condition, found) = evaluate(&rule.condition, scope);
    let failed = found.has_errors();
    out.append(found);
    let holds = convert(&condition.unmark_deep().0, &Type::Bool);
    match holds.as_ref().ok().filter(|_| !failed) {
        Some(value) if value.as_bool() == Some(true) || !value.is_known() => {}
        Some(value) if value.as_bool() == Some(false) => {
            let (message, found) = evaluate(&rule.error_message, scope);
            out.append(found);
            let shown = message.as_str().filter(|_| !message.contains_marks());
            let detail = shown.unwrap_or("The message refers to sensitive values and is not shown.").to_owned();
            out.push(
                Diagnostic::new(severity, Code("HW0234"), summary)
                    .with_detail(detail)
                    .with_label(rule.condition.span, "this is false"),
            );
        }
        _ if failed => {}
        _ => out.push(
            Diagnostic::error(Code("HW0234"), "Invalid condition result")
                .with_detail("A condition is true or false.")
                .with_label(rule.condition.span, "this is neither"),
        ),
    }
}

/// The reading of one instance's body.
pub(super) struct Reading<'r, 'c> {
    pub names: Names<'r, 'c>,
    /// The iterators of the `dynamic` blocks around what is read.
    iterators: Vec<(Arc<str>, Value)>,
    places: Places,
    sensitive: BTreeSet<String>,
    pub diagnostics: Diagnostics,
}

impl Reading<'_, '_> {
    fn value(&mut self, expr: &Expr) -> Value {
        let (value, found) = self.names.with_own(&self.iterators).evaluate(expr);
        self.diagnostics.append(found);
        value
    }

    fn flag(&mut self, expr: &Expr) -> bool {
        let value = self.value(expr);
        match convert(&value.unmark_deep().0, &Type::Bool).ok().and_then(|v| v.as_bool()) {
            Some(flag) => flag,
            None => {
                // Protection is the side to err on; what is wrong with the value is an error of its own.
                let wrong = Diagnostic::error(Code("HW0235"), "This must be true or false before planning")
                    .with_detail("It steers the plan, so it cannot wait for anything that is known after apply only.")
                    .with_label(expr.span, "not known, or no bool");
                self.diagnostics.push(wrong);
                true
            }
        }
    }

    fn rule(&mut self, rule: &Rule, summary: &str) {
        check_rule(rule, &self.names, Severity::Error, summary, &mut self.diagnostics);
    }

    /// The attributes that are written.
    fn attributes(&mut self, schema: &Schema, body: &Body) -> BTreeMap<Arc<str>, Value> {
        let mut given: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for attribute in body.attributes() {
            let Some(known) = self.known(&schema.attributes, &attribute.name, schema.kind) else { continue };
            self.places.attributes.insert(known.name.to_owned(), attribute.span);
            self.nested_places(known, known.name, &attribute.expr);
            let value = self.value(&attribute.expr);
            given.insert(known.name.into(), self.fitted(known, value, attribute.expr.span));
        }
        for block in body.blocks() {
            self.block(schema, block, &mut given);
        }
        for attribute in &schema.attributes {
            if attribute.presence == Presence::Required {
                self.required(attribute, given.get(attribute.name));
            }
        }
        given
    }

    /// A required attribute must be written, and have a value.
    fn required(&mut self, attribute: &Attribute, given: Option<&Value>) {
        let (name, doc) = (attribute.name, attribute.doc);
        let diagnostic = match given {
            Some(value) if !value.is_null() => return,
            Some(_) => Diagnostic::error(Code("HW0213"), "Missing required argument")
                .with_detail(format!("The argument \"{name}\" is required and must not be null."))
                .with_label(self.places.of(name), "this is null")
                .with_help(format!("Give `{name}` a value: {doc}")),
            None => Diagnostic::error(Code("HW0213"), "Missing required argument")
                .with_detail(format!("The argument \"{name}\" is required, but no definition was found."))
                .with_label(self.places.header, format!("`{name}` is missing in this block"))
                .with_help(format!("Add `{name}`: {doc}")),
        };
        self.diagnostics.push(diagnostic);
    }

    /// The settable attribute of that name; otherwise a finding.
    fn known<'s>(&mut self, attributes: &'s [Attribute], name: &Ident, of: &str) -> Option<&'s Attribute> {
        let found = attributes.iter().find(|a| a.name == &*name.text);
        match found {
            Some(a) if a.settable() => Some(a),
            Some(a) => {
                self.diagnostics.push(
                    Diagnostic::error(Code("HW0231"), "Value for a computed attribute")
                        .with_detail(format!("The platform alone decides `{}`.", a.name))
                        .with_label(name.span, "cannot be set")
                        .with_help("Remove the line; references to the attribute give its value."),
                );
                None
            }
            None => {
                let names = attributes.iter().filter(|a| a.settable()).map(|a| a.name);
                let meant = suggestion(&name.text, names);
                // What stands in the line of a misspelt secret is one.
                let secret = meant.is_some_and(|m| attributes.iter().any(|a| a.name == m && a.is_secret()));
                let help = match meant {
                    Some(meant) => format!("Did you mean \"{meant}\"?"),
                    None => format!("Remove it, or see the documentation of `{of}` for the arguments it has."),
                };
                let diagnostic = Diagnostic::error(Code("HW0211"), "Unsupported argument")
                    .with_detail(format!("An argument named \"{}\" is not expected here.", name.text))
                    .with_help(help);
                self.diagnostics.push(if secret {
                    diagnostic.with_hidden_label(name.span, "not known")
                } else {
                    diagnostic.with_label(name.span, "not known")
                });
                None
            }
        }
    }

    fn block(&mut self, schema: &Schema, block: &ast::Block, given: &mut BTreeMap<Arc<str>, Value>) {
        if &*block.keyword.text == "dynamic" {
            return self.dynamic(schema, block, given);
        }
        let keyword = &block.keyword;
        if let Some((attribute, nested)) = self.block_type(schema, keyword, block.header) {
            self.nested_block(attribute, nested, &block.body, block.header, given);
        }
    }

    /// The attribute that is written as a block with this word; otherwise a finding.
    fn block_type<'s>(
        &mut self,
        schema: &'s Schema,
        word: &Ident,
        header: Span,
    ) -> Option<(&'s Attribute, &'s [Attribute])> {
        let attribute = schema.attributes.iter().find(|a| a.name == &*word.text);
        if let Some((attribute, AttrType::Block(nested))) = attribute.map(|a| (a, &a.ty)) {
            return Some((attribute, nested));
        }
        let help = match attribute {
            Some(a) => {
                let (open, close) = if matches!(a.ty, AttrType::List(_)) { ("[{", "}]") } else { ("{", "}") };
                format!("Write it as an argument: {} = {open} … {close}", a.name)
            }
            None => "Remove it, or check its spelling.".to_owned(),
        };
        self.diagnostics.push(
            Diagnostic::error(Code("HW0212"), "Unsupported block type")
                .with_detail(format!("Blocks of type \"{}\" are not expected here.", word.text))
                .with_label(header, "not expected")
                .with_help(help),
        );
        None
    }

    fn nested_block(
        &mut self,
        attribute: &Attribute,
        nested: &[Attribute],
        body: &Body,
        header: Span,
        given: &mut BTreeMap<Arc<str>, Value>,
    ) {
        if given.contains_key(attribute.name) {
            return self.diagnostics.push(
                Diagnostic::error(Code("HW0210"), format!("Too many {} blocks", attribute.name))
                    .with_detail(format!("No more than one \"{}\" block is allowed.", attribute.name))
                    .with_label(header, "one too many")
                    .with_help("Put everything into one block."),
            );
        }
        self.places.attributes.insert(attribute.name.to_owned(), header);
        let mut values = BTreeMap::new();
        for inner in body.attributes() {
            let Some(known) = self.known(nested, &inner.name, attribute.name) else { continue };
            self.places.attributes.insert(format!("{}.{}", attribute.name, known.name), inner.span);
            let value = self.value(&inner.expr);
            values.insert(known.name.into(), value);
        }
        let value = self.fitted(attribute, Value::object(values), header);
        given.insert(attribute.name.into(), value);
    }

    /// `dynamic "timeouts" { for_each = … content { … } }`: a block for each element.
    fn dynamic(&mut self, schema: &Schema, block: &ast::Block, given: &mut BTreeMap<Arc<str>, Value>) {
        let wrong = |summary: &str, help: &str| {
            Diagnostic::error(Code("HW0242"), summary).with_label(block.header, "this block").with_help(help)
        };
        let [word] = block.labels.as_slice() else {
            let help = "Write dynamic \"timeouts\" { for_each = … content { … } }.";
            return self.diagnostics.push(wrong("A dynamic block names one sort of block", help));
        };
        let Some((attribute, nested)) = self.block_type(schema, word, block.header) else { return };
        let mut contents = block.body.blocks().filter(|b| &*b.keyword.text == "content");
        let (Some(content), None, Some(for_each)) =
            (contents.next(), contents.next(), block.body.attribute("for_each"))
        else {
            let help = "Give it for_each = …, and one content block.";
            return self.diagnostics.push(wrong("A dynamic block is not complete", help));
        };
        let iterator = match block.body.attribute("iterator").map(|a| &a.expr.kind) {
            Some(ExprKind::Variable(name)) => name.clone(),
            Some(_) => return self.diagnostics.push(wrong("An iterator is a bare name", "Write iterator = item.")),
            None => word.text.clone(),
        };
        let (collection, marks) = self.value(&for_each.expr).unmark_deep();
        if !collection.is_known() {
            // How many blocks there will be is not known, so neither is what stands in them.
            let unknown = Value::unknown(attribute.value_type().clone());
            given.insert(attribute.name.into(), unknown);
            return;
        }
        let pairs: Vec<(Value, Value)> = match &collection.data {
            Data::Map(..) | Data::Object(_) => {
                collection.entries().map(|(k, v)| (Value::from(&**k), v.clone())).collect()
            }
            Data::Set(..) => collection.elements().map(|v| (v.clone(), v.clone())).collect(),
            Data::List(..) | Data::Tuple(_) => (0i64..).map(Value::from).zip(collection.elements().cloned()).collect(),
            _ => {
                let help = format!("for_each takes a collection; this is {}.", collection.ty().friendly_name());
                return self.diagnostics.push(wrong("Invalid dynamic for_each value", &help));
            }
        };
        for (key, value) in pairs {
            let item = Value::object([("key".into(), key), ("value".into(), value)].into()).with_marks(marks);
            self.iterators.push((iterator.clone(), item));
            self.nested_block(attribute, nested, &content.body, block.header, given);
            self.iterators.pop();
        }
    }

    /// Notes where the parts of a literal object stand, and checks their names.
    fn nested_places(&mut self, attribute: &Attribute, path: &str, expr: &Expr) {
        match (&expr.kind, &attribute.ty) {
            (ExprKind::Paren(inner), _) => {
                crate::lang::recursion::recurse(|| self.nested_places(attribute, path, inner))
            }
            (ExprKind::Object(items), AttrType::Object(nested) | AttrType::Block(nested)) => {
                for item in items {
                    let ObjectKey::Name(name) = &item.key else { continue };
                    let Some(known) = self.known(nested, name, attribute.name) else { continue };
                    let inner = format!("{path}.{}", known.name);
                    self.places.attributes.insert(inner.clone(), name.span.to(item.value.span));
                    self.nested_places(known, &inner, &item.value);
                }
            }
            (ExprKind::Tuple(items), AttrType::List(element)) => {
                for (index, item) in items.iter().enumerate() {
                    self.element(element, attribute, &format!("{path}.{index}"), item);
                }
            }
            _ => {}
        }
    }

    /// Where an element of a list stands, and its parts.
    fn element(&mut self, element: &AttrType, attribute: &Attribute, path: &str, item: &Expr) {
        self.places.attributes.insert(path.to_owned(), item.span);
        if let (ExprKind::Object(items), AttrType::Object(nested)) = (&item.kind, element) {
            for item in items {
                let ObjectKey::Name(name) = &item.key else { continue };
                if let Some(known) = self.known(nested, name, attribute.name) {
                    let place = name.span.to(item.value.span);
                    self.places.attributes.insert(format!("{path}.{}", known.name), place);
                }
            }
        }
    }

    /// The value in the attribute's type, without marks; sensitive parts are noted.
    fn fitted(&mut self, attribute: &Attribute, value: Value, span: Span) -> Value {
        let ty = attribute.value_type();
        self.note_marks(attribute, attribute.name, &value, false, span);
        match convert(&value.unmark_deep().0, ty) {
            Ok(value) => value,
            Err(error) => {
                let secret = attribute.is_secret() || value.unmark_deep().1.sensitive;
                // Keys, and what stands at them, are part of the value.
                let (place, message) = if secret {
                    (String::new(), "its type is another one")
                } else {
                    (path_text(&error.path), &*error.message)
                };
                let at = if place.is_empty() {
                    String::new()
                } else {
                    match place.strip_prefix('.') {
                        Some(name) => format!("attribute {name} "),
                        None => format!("attribute{place} "),
                    }
                };
                let diagnostic = Diagnostic::error(Code("HW0232"), "Incorrect attribute value type")
                    .with_detail(format!("Inappropriate value for attribute \"{}\": {at}{message}.", attribute.name))
                    .with_help(format!("`{}` is {}.", attribute.name, ty.friendly_name()));
                let label = format!("this is {}", value.ty().friendly_name());
                self.diagnostics.push(if secret {
                    diagnostic.with_hidden_label(span, label)
                } else {
                    diagnostic.with_label(span, label)
                });
                Value::unknown(ty.clone())
            }
        }
    }

    fn note_marks(&mut self, attribute: &Attribute, path: &str, value: &Value, outer: bool, span: Span) {
        let sensitive = outer || value.marks.sensitive;
        match &attribute.ty {
            AttrType::Object(nested) | AttrType::Block(nested) if !value.is_null() => {
                for n in nested {
                    let part = value.get(n.name).cloned().unwrap_or_else(|| Value::null(Type::Any));
                    self.note_marks(n, &format!("{path}.{}", n.name), &part, sensitive, span);
                }
            }
            _ => {
                let (_, marks) = value.unmark_deep();
                if sensitive || marks.sensitive {
                    self.sensitive.insert(path.to_owned());
                }
                if marks.ephemeral && !matches!(attribute.exposure, Exposure::WriteOnly { .. }) {
                    self.diagnostics.push(
                        Diagnostic::error(Code("HW0233"), "Invalid use of ephemeral value")
                            .with_detail(format!("`{path}` is remembered, and an ephemeral value must not be."))
                            .with_label(span, "ephemeral")
                            .with_help("Ephemeral values fit write-only arguments, such as password_wo."),
                    );
                }
            }
        }
    }
}

/// The attributes whose changes are to be ignored, as dotted paths.
fn ignored(ignore: &IgnoreChanges, schema: Option<&Schema>, diagnostics: &mut Diagnostics) -> BTreeSet<String> {
    let Some(schema) = schema else { return BTreeSet::new() };
    match ignore {
        IgnoreChanges::Nothing => BTreeSet::new(),
        IgnoreChanges::All => schema.attributes.iter().map(|a| a.name.to_owned()).collect(),
        IgnoreChanges::Paths(paths) => {
            let mut all = BTreeSet::new();
            for expr in paths {
                let path = dotted(expr);
                let names = |l: &crate::schema::Leaf, p: &str| {
                    let entry = matches!(l.attribute.ty, AttrType::Map(_)) && p.starts_with(&format!("{}[", l.path));
                    l.path == p || l.path.starts_with(&format!("{p}.")) || entry
                };
                let leaf = path.as_ref().filter(|p| schema.leaves().iter().any(|l| names(l, p)));
                match leaf {
                    Some(path) => drop(all.insert(path.clone())),
                    None => diagnostics.push(
                        Diagnostic::error(Code("HW0236"), "No attribute to ignore")
                            .with_detail("ignore_changes lists attributes of this resource and entries of its maps, such as endpoints.mysql.enabled or tags[\"team\"].")
                            .with_label(expr.span, "not one of its attributes")
                            .with_help("Name the whole attribute, or one entry of a map. Foreign entries of a list stay with shared = [\"ip_access\"]."),
                    ),
                }
            }
            all
        }
    }
}

fn dotted(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.to_string()),
        ExprKind::Attr { base, name } => {
            Some(format!("{}.{}", crate::lang::recursion::recurse(|| dotted(base))?, name.text))
        }
        ExprKind::Index { base, key } => match &key.kind {
            ExprKind::Template(text) => {
                Some(entry_path(&crate::lang::recursion::recurse(|| dotted(base))?, text.literal()?))
            }
            _ => None,
        },
        _ => None,
    }
}
