//! From canonical blocks to declarations.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

use crate::address::{Mode, Target};
use crate::diag::{Diagnostics, Span};
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Ident, Item, ObjectItem, ObjectKey};
use crate::lang::syntax::is_identifier;

use super::canonical::{Declared, Keyword, Kinds};
use super::constants::{constant_bool, constant_string};
use super::declarations::*;
use super::fields::Fields;
use super::messages;
use super::meta::{choice, cloud_choice, depends_on, repetition, resource, rules};
use super::reference::kind_name;
use super::target::{Keys, target};

/// Arguments of module calls, which no variable of a module can be named after.
const RESERVED_VARIABLES: [&str; 9] =
    ["source", "version", "providers", "clouds", "count", "for_each", "lifecycle", "depends_on", "locals"];

/// Reads the blocks of one module.
pub(super) fn decode(dir: &Path, blocks: Vec<Declared>, kinds: Kinds, diagnostics: &mut Diagnostics) -> Module {
    let module = Module { dir: dir.to_owned(), ..Module::default() };
    let mut decoder = Decoder { kinds, module, diagnostics };
    for block in blocks {
        decoder.block(block);
    }
    decoder.module
}

struct Decoder<'a> {
    kinds: Kinds<'a>,
    module: Module,
    diagnostics: &'a mut Diagnostics,
}

impl Decoder<'_> {
    fn block(&mut self, block: Declared) {
        let name = block.name().cloned();
        match (block.keyword, name) {
            (Keyword::Locals, _) => self.locals(block.body),
            (Keyword::Moved, _) => self.moved(block),
            (Keyword::Removed, _) => self.removed(block),
            (Keyword::Import, _) => self.import(block),
            (Keyword::Cloud, label) => self.cloud(block, label),
            (Keyword::Variable, Some(name)) => self.variable(name, block),
            (Keyword::Output, Some(name)) => self.output(name, block),
            (Keyword::Module, Some(name)) => self.module_call(name, block),
            (Keyword::Resource, Some(name)) => self.resource(Mode::Managed, name, block),
            (Keyword::Data, Some(name)) => self.resource(Mode::Data, name, block),
            (Keyword::State, Some(store)) => self.state(store, block),
            (Keyword::Check, Some(name)) => self.check(name, block),
            // The canonical form has these labels; without them the block was reported and left out.
            (_, None) => {}
        }
    }

    fn variable(&mut self, name: Ident, block: Declared) {
        if RESERVED_VARIABLES.contains(&&*name.text) {
            self.diagnostics.push(messages::reserved_name(name.span, &name.text));
        }
        let mut fields = Fields::new("a variable block", block.header, block.body);
        let variable = Variable {
            span: block.header,
            type_constraint: fields.expr("type"),
            default: fields.expr("default"),
            description: self.string(&mut fields, "description"),
            sensitive: self.flag(&mut fields, "sensitive", false),
            ephemeral: self.flag(&mut fields, "ephemeral", false),
            nullable: self.flag(&mut fields, "nullable", true),
            validations: rules(fields.blocks("validation"), "a validation block", self.diagnostics),
            name: name.clone(),
        };
        fields.finish(self.diagnostics);
        insert(&mut self.module.variables, name, variable, "variable declaration", |v| v.span, self.diagnostics);
    }

    fn string(&mut self, fields: &mut Fields, name: &'static str) -> Option<String> {
        fields.expr(name).and_then(|e| constant_string(&e, name, self.diagnostics)).map(|(text, _)| text)
    }

    fn flag(&mut self, fields: &mut Fields, name: &'static str, default: bool) -> bool {
        fields.expr(name).and_then(|e| constant_bool(&e, name, self.diagnostics)).unwrap_or(default)
    }

    fn locals(&mut self, body: Body) {
        for item in body.into_items() {
            match item {
                Item::Attribute(attribute) => {
                    let name = attribute.name.clone();
                    let local = Local { name: attribute.name, value: attribute.expr, span: attribute.span };
                    let locals = &mut self.module.locals;
                    insert(locals, name, local, "local value definition", |l| l.name.span, self.diagnostics);
                }
                Item::Block(block) => {
                    self.diagnostics.push(messages::block_instead_of_argument(block.header, &block.keyword.text));
                }
            }
        }
    }

    fn output(&mut self, name: Ident, block: Declared) {
        let mut fields = Fields::new("an output block", block.header, block.body);
        let value = fields.required("value", self.diagnostics);
        let output = Output {
            span: block.header,
            value: value.unwrap_or(Expr { kind: ExprKind::Invalid, span: block.header }),
            description: self.string(&mut fields, "description"),
            sensitive: self.flag(&mut fields, "sensitive", false),
            ephemeral: self.flag(&mut fields, "ephemeral", false),
            depends_on: depends_on(&mut fields, self.diagnostics),
            preconditions: rules(fields.blocks("precondition"), "a precondition block", self.diagnostics),
            name: name.clone(),
        };
        fields.finish(self.diagnostics);
        insert(&mut self.module.outputs, name, output, "output definition", |o| o.span, self.diagnostics);
    }

    fn resource(&mut self, mode: Mode, name: Ident, block: Declared) {
        let Some(kind) = block.labels.first() else { return };
        let resource = resource(mode, kind, name, block.header, block.body, self.diagnostics);
        match self.module.resources.entry(resource.address.clone()) {
            Entry::Vacant(entry) => _ = entry.insert(resource),
            Entry::Occupied(first) => {
                let what = if mode == Mode::Data { "data source configuration" } else { "resource configuration" };
                let address = resource.address.to_string();
                self.diagnostics.push(messages::duplicate(what, &address, resource.span, first.get().span));
            }
        }
    }

    fn cloud(&mut self, block: Declared, label: Option<Ident>) {
        let cloud = Cloud { label, span: block.header, body: block.body };
        let text = |c: &Cloud| c.label.as_ref().map(|l| l.text.clone());
        match self.module.clouds.iter().find(|c| text(c) == text(&cloud)) {
            None => self.module.clouds.push(cloud),
            Some(first) => {
                let name = text(&cloud).map_or(String::from("cloud"), |l| l.to_string());
                self.diagnostics.push(messages::duplicate("cloud block", &name, cloud.span, first.span));
            }
        }
    }

    fn state(&mut self, store: Ident, block: Declared) {
        match &self.module.state {
            None => self.module.state = Some(StateBlock { store, span: block.header, body: block.body }),
            Some(first) => self.diagnostics.push(messages::repeated_block(block.header, first.span, "state")),
        }
    }

    fn module_call(&mut self, name: Ident, block: Declared) {
        let mut fields = Fields::new("a module block", block.header, block.body);
        let source = fields.required("source", self.diagnostics);
        if let Some(version) = fields.take("version") {
            let help = "remove it; a git source names its version with ?ref=, and a local module has the version of what it lies beside";
            self.diagnostics.push(messages::not_available(version.name.span, "Module versions are", help));
        }
        let (count, for_each) = repetition(&mut fields, self.diagnostics);
        let depends_on = depends_on(&mut fields, self.diagnostics);
        let clouds = self.passed_clouds(&mut fields);
        let inputs = fields.rest();
        for block in inputs.blocks() {
            self.diagnostics.push(messages::block_instead_of_argument(block.header, &block.keyword.text));
        }
        let call =
            ModuleCall { name: name.clone(), span: block.header, source, count, for_each, depends_on, clouds, inputs };
        insert(&mut self.module.module_calls, name, call, "module call", |c| c.span, self.diagnostics);
    }

    /// `clouds = { eu = cloud.eu }` or `providers = { clickhouse.eu = clickhouse.eu }`.
    fn passed_clouds(&mut self, fields: &mut Fields) -> BTreeMap<Option<Arc<str>>, CloudChoice> {
        let (clouds, providers) = (fields.expr("clouds"), fields.expr("providers"));
        let Some(map) = clouds.or(providers) else { return BTreeMap::new() };
        let example = "clouds = { eu = cloud.eu }";
        let ExprKind::Object(items) = &map.kind else {
            self.diagnostics.push(messages::invalid_cloud(map.span, example));
            return BTreeMap::new();
        };
        let mut passed = BTreeMap::new();
        for ObjectItem { key, value } in items {
            let label = match key {
                ObjectKey::Name(name) if matches!(&*name.text, "cloud" | "clickhouse") => Some(None),
                ObjectKey::Name(name) => Some(Some(Arc::clone(&name.text))),
                ObjectKey::Expr(expr) => choice(expr).map(|c| c.label),
            };
            match (label, choice(value)) {
                (Some(label), Some(choice)) => _ = passed.insert(label, choice),
                _ => self.diagnostics.push(messages::invalid_cloud(value.span, example)),
            }
        }
        passed
    }

    fn moved(&mut self, block: Declared) {
        let mut fields = Fields::new("a moved block", block.header, block.body);
        let (from, to) = (self.target(&mut fields, "from"), self.target(&mut fields, "to"));
        fields.finish(self.diagnostics);
        let (Some(from), Some(to)) = (from, to) else { return };
        let fits = match (&from, &to) {
            (Target::Resource(a), Target::Resource(b)) => a.kind == b.kind && a.mode == b.mode,
            (Target::Module(_), Target::Module(_)) => true,
            _ => false,
        };
        if !fits {
            return self.diagnostics.push(messages::mixed_move(block.header));
        }
        self.module.moved.push(Moved { from, to, span: block.header });
    }

    fn target(&mut self, fields: &mut Fields, name: &'static str) -> Option<Target> {
        let expr = fields.required(name, self.diagnostics)?;
        self.target_of(&expr, Keys::Constant)
    }

    fn target_of(&mut self, expr: &Expr, keys: Keys) -> Option<Target> {
        match target(expr, keys) {
            _ if expr.kind == ExprKind::Invalid => None,
            Ok(target) => Some(target),
            Err(detail) => {
                self.diagnostics.push(messages::invalid_target(expr.span, detail));
                None
            }
        }
    }

    fn removed(&mut self, block: Declared) {
        let mut fields = Fields::new("a removed block", block.header, block.body);
        let from = self.target(&mut fields, "from");
        let mut destroy = true;
        if let Some(block) = fields.block("lifecycle", self.diagnostics) {
            let mut inner = Fields::new("a lifecycle block of a removed block", block.header, block.body);
            destroy = self.flag(&mut inner, "destroy", true);
            inner.finish(self.diagnostics);
        }
        fields.finish(self.diagnostics);
        if let Some(from) = from {
            self.module.removed.push(Removed { from, destroy, span: block.header });
        }
    }

    fn import(&mut self, block: Declared) {
        let mut fields = Fields::new("an import block", block.header, block.body);
        let to = fields.required("to", self.diagnostics);
        let mut given = ImportBy::ALL.into_iter().filter_map(|by| Some((by, fields.expr(by.argument())?)));
        let (found, second) = (given.next(), given.next());
        let for_each = fields.expr("for_each");
        let cloud = cloud_choice(&mut fields, self.diagnostics);
        fields.finish(self.diagnostics);
        match (&found, &second) {
            (None, _) => self.diagnostics.push(messages::import_unnamed(block.header)),
            (_, Some((_, expr))) => self.diagnostics.push(messages::import_named_twice(expr.span)),
            _ => {}
        }
        let (Some(to), Some((by, what)), None) = (to, found, second) else { return };
        let Some(target) = self.target_of(&to, Keys::Any) else { return };
        let Target::Resource(address) = &target else {
            let detail = "Only resources can be imported, not modules.";
            return self.diagnostics.push(messages::invalid_target(to.span, detail));
        };
        if !self.kinds.managed.contains(&kind_name(&address.kind)) {
            return self.diagnostics.push(messages::unknown_kind(to.span, &address.kind, self.kinds.managed, false));
        }
        let block_target = Target::Resource(address.block());
        self.module.imports.push(Import { to, block: block_target, by, what, for_each, cloud, span: block.header });
    }

    fn check(&mut self, name: Ident, block: Declared) {
        let mut fields = Fields::new("a check block", block.header, block.body);
        let data = fields.block("data", self.diagnostics).and_then(|data| self.scoped_data(data));
        let blocks = fields.blocks("assert");
        if blocks.is_empty() {
            self.diagnostics.push(messages::missing_block(block.header, "assert", "a check block"));
        }
        let asserts = rules(blocks, "an assert block", self.diagnostics);
        fields.finish(self.diagnostics);
        let check = Check { name: name.clone(), span: block.header, data, asserts };
        insert(&mut self.module.checks, name, check, "check block", |c| c.span, self.diagnostics);
    }

    fn scoped_data(&mut self, block: crate::lang::syntax::ast::Block) -> Option<Resource> {
        let [kind, name] = block.labels.as_slice() else {
            let usage = "data \"kind\" \"name\" { … }";
            self.diagnostics.push(messages::missing_label(block.header, "data", usage));
            return None;
        };
        if !self.kinds.data.contains(&kind_name(&kind.text)) {
            self.diagnostics.push(messages::unknown_kind(kind.span, &kind.text, self.kinds.data, true));
            return None;
        }
        if !is_identifier(&name.text) {
            self.diagnostics.push(messages::invalid_name(name.span, "data", &name.text));
            return None;
        }
        let kind = Ident { text: Arc::from(kind_name(&kind.text)), span: kind.span };
        Some(resource(Mode::Data, &kind, name.clone(), block.header, block.body.clone(), self.diagnostics))
    }
}

/// Adds a declaration, or reports that its name is taken.
fn insert<T>(
    map: &mut BTreeMap<Arc<str>, T>,
    name: Ident,
    declaration: T,
    what: &str,
    span: fn(&T) -> Span,
    diagnostics: &mut Diagnostics,
) {
    match map.entry(name.text) {
        Entry::Vacant(entry) => _ = entry.insert(declaration),
        Entry::Occupied(first) => {
            diagnostics.push(messages::duplicate(what, first.key(), span(&declaration), span(first.get())));
        }
    }
}
