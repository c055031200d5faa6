//! What `config` has to say: one function for each sort of finding.

use std::path::Path;

use super::files::EXTENSIONS;
use super::reference::kind_name;
use crate::diag::{Code, Diagnostic, Span, suggestion};

fn error(code: &'static str, summary: impl Into<String>, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(Code(code), summary).with_label(span, label)
}

/// "did you mean" when a candidate is close, else the list of what exists.
fn choices(given: &str, candidates: &[&str], what: &str) -> String {
    if let Some(close) = suggestion(given, candidates.iter().copied()) {
        return format!("did you mean {close}?");
    }
    let mut sorted = candidates.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.is_empty() {
        format!("remove it; there are no {what} here")
    } else {
        format!("{what}: {}", sorted.join(", "))
    }
}

// Files

pub fn no_configuration(dir: &Path) -> Diagnostic {
    Diagnostic::error(Code("HW0201"), "No configuration files")
        .with_detail(format!("The directory {} holds no file that ends with {}.", dir.display(), EXTENSIONS.join(", ")))
        .with_help("change to the directory with the configuration, or name it with -C DIR")
}

pub fn unreadable(path: &Path, what: &str, cause: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code("HW0202"), format!("Cannot read {what}"))
        .with_detail(format!("{} cannot be read: {cause}.", path.display()))
        .with_help("check that it exists and that you may read it")
}

pub fn not_utf8(path: &Path, offset: usize, line: usize, span: Span) -> Diagnostic {
    error("HW0203", "Invalid character encoding", span, "the first byte that is not UTF-8")
        .with_detail(format!("{} is not UTF-8: byte {offset} (line {line}) does not fit.", path.display()))
        .with_help("save the file as UTF-8")
}

pub fn too_large(path: &Path) -> Diagnostic {
    Diagnostic::error(Code("HW0204"), "Configuration file too large")
        .with_detail(format!("{} is 4 GiB or larger.", path.display()))
        .with_help("move data out of the configuration and read it with file(…)")
}

// Structure

pub fn duplicate(what: &str, name: &str, again: Span, first: Span) -> Diagnostic {
    error("HW0210", format!("Duplicate {what}"), again, "declared here again")
        .with_label(first, "first declared here")
        .with_detail(format!("\"{name}\" is declared twice in the same module."))
        .with_help("rename or remove one of the two; to change a declaration from another file use a file named *_override.hcl")
}

pub fn unsupported_argument(span: Span, name: &str, what: &str, known: &[&str]) -> Diagnostic {
    error("HW0211", "Unsupported argument", span, "not known here")
        .with_detail(format!("There is no argument {name} in {what}."))
        .with_help(choices(name, known, "arguments"))
}

pub fn unsupported_block(span: Span, name: &str, what: &str, known: &[&str]) -> Diagnostic {
    error("HW0212", "Unsupported block type", span, "not known here")
        .with_detail(format!("There is no block {name} in {what}."))
        .with_help(choices(name, known, "blocks"))
}

pub fn block_instead_of_argument(span: Span, name: &str) -> Diagnostic {
    error("HW0212", "Unsupported block type", span, "a block")
        .with_detail(format!("{name} is an argument, not a block."))
        .with_help(format!("write {name} = … with an equals sign"))
}

pub fn argument_instead_of_block(span: Span, name: &str) -> Diagnostic {
    error("HW0211", "Unsupported argument", span, "an argument")
        .with_detail(format!("{name} is a block, not an argument."))
        .with_help(format!("write {name} {{ … }} without an equals sign"))
}

pub fn missing_argument(span: Span, name: &str, what: &str) -> Diagnostic {
    error("HW0213", "Missing required argument", span, "incomplete")
        .with_detail(format!("The argument {name} is required in {what}, but is not there."))
        .with_help(format!("add {name} = …"))
}

pub fn missing_block(span: Span, name: &str, what: &str) -> Diagnostic {
    error("HW0213", format!("Missing {name} block"), span, "incomplete")
        .with_detail(format!("At least one block {name} is required in {what}."))
        .with_help(format!("add {name} {{ … }}"))
}

pub fn repeated_block(span: Span, first: Span, name: &str) -> Diagnostic {
    error("HW0210", format!("Duplicate {name} block"), span, "written here again")
        .with_label(first, "first written here")
        .with_detail(format!("There can be one {name} block here."))
        .with_help("merge the two into one")
}

pub fn missing_label(span: Span, keyword: &str, usage: &str) -> Diagnostic {
    error("HW0214", format!("Missing name for {keyword}"), span, "a label is missing")
        .with_detail(format!("A {keyword} block needs its labels."))
        .with_help(format!("write {usage}"))
}

pub fn extra_label(span: Span, keyword: &str, usage: &str) -> Diagnostic {
    error("HW0214", format!("Extraneous label for {keyword}"), span, "one label too many")
        .with_detail(format!("A {keyword} block has fewer labels."))
        .with_help(format!("write {usage}"))
}

pub fn invalid_name(span: Span, what: &str, name: &str) -> Diagnostic {
    error("HW0215", format!("Invalid {what} name"), span, "not a name")
        .with_detail(format!("\"{name}\" cannot be referred to: a name begins with a letter or underscore and goes on with letters, digits, underscores and dashes."))
        .with_help("choose another name")
}

pub fn reserved_name(span: Span, name: &str) -> Diagnostic {
    error("HW0215", "Invalid variable name", span, "reserved")
        .with_detail(format!("\"{name}\" is an argument of module blocks, so no variable can have this name."))
        .with_help("choose another name")
}

pub fn argument_at_top(span: Span, name: &str) -> Diagnostic {
    error("HW0211", "Unsupported argument", span, "an argument outside of a block")
        .with_detail(format!("A configuration file consists of blocks, but {name} is an argument."))
        .with_help("move it into a block: values for variables into a *.tfvars file, names for values into locals { }")
}

// Kinds

pub fn unknown_kind(span: Span, given: &str, candidates: &[&str], data: bool) -> Diagnostic {
    let what = if data { "data source" } else { "kind of resource" };
    error("HW0216", format!("Unknown {what}"), span, "not known")
        .with_detail(format!("There is no {what} {given}."))
        .with_help(choices(kind_name(given), candidates, if data { "data sources" } else { "kinds" }))
}

pub fn unknown_keyword(span: Span, given: &str, candidates: &[&str]) -> Diagnostic {
    error("HW0216", "Unsupported block type", span, "neither a keyword nor a kind of resource")
        .with_detail(format!("No block begins with {given}."))
        .with_help(choices(kind_name(given), candidates, "blocks"))
}

pub fn foreign_provider(provider: &str, spans: &[Span]) -> Diagnostic {
    let mut found = Diagnostic::error(Code("HW0217"), format!("Provider {provider} is not available"));
    for span in spans {
        found = found.with_label(*span, "belongs to another provider");
    }
    found
        .with_detail(format!(
            "Only ClickHouse Cloud and BYOC are managed here; {} of the provider {provider} cannot be.",
            if spans.len() == 1 { "this block" } else { "these blocks" }
        ))
        .with_help("keep them where they are managed today, and pass what you need of them in as variables")
}

// Meta-arguments and constants

pub fn count_with_for_each(count: Span, for_each: Span) -> Diagnostic {
    error("HW0218", "Invalid combination of \"count\" and \"for_each\"", for_each, "for_each")
        .with_label(count, "count")
        .with_detail("Both say how many instances a block has.")
        .with_help("keep one of the two; with for_each the instances have names that stay when others are removed")
}

pub fn invalid_dependency(span: Span, detail: &str) -> Diagnostic {
    error("HW0219", "Invalid depends_on reference", span, "not a whole resource or module")
        .with_detail(detail)
        .with_help("write a list of references, such as depends_on = [service.main, module.network]")
}

pub fn not_a_list(span: Span, name: &str, example: &str) -> Diagnostic {
    error("HW0219", format!("Invalid {name} argument"), span, "not a list")
        .with_detail(format!(
            "{name} is read before any value is known, so it must be written out as a list in brackets."
        ))
        .with_help(format!("write {name} = {example}"))
}

pub fn not_constant(span: Span, name: &str, expected: &str) -> Diagnostic {
    error("HW0220", "Unsuitable value type", span, "not a constant")
        .with_detail(format!("{name} is read before any value is known, so it must be {expected}."))
        .with_help(format!("write {expected}"))
}

pub fn not_an_attribute_name(span: Span, name: &str) -> Diagnostic {
    error("HW0220", format!("Invalid {name} entry"), span, "not the name of an attribute")
        .with_detail(format!("Each entry of {name} is the name of an attribute of the resource."))
        .with_help(format!("write {name} = [\"ip_access\"]"))
}

// Overrides

pub fn nothing_to_override(span: Span, what: &str) -> Diagnostic {
    error("HW0222", format!("Missing base declaration to override: {what}"), span, "changes nothing")
        .with_detail(
            "A file whose name ends with \"override\" changes declarations of other files, but none declares this.",
        )
        .with_help("declare it in another file, or correct the name")
}

pub fn not_overridable(span: Span, keyword: &str) -> Diagnostic {
    error("HW0222", format!("Cannot override {keyword} blocks"), span, "in an override file")
        .with_detail(format!("Blocks {keyword} have no name by which another file could change them."))
        .with_help("move it into a file whose name does not end with \"override\"")
}

// Modules, addresses, clouds

pub fn invalid_source(span: Span, source: &str, why: &str) -> Diagnostic {
    error("HW0223", "Module source cannot be used", span, "not a source")
        .with_detail(format!("\"{source}\": {why}"))
        .with_help("write source = \"./modules/name\" for a directory, or source = \"git::https://example.com/name.git//directory?ref=v1.2.0\" for a repository")
}

pub fn not_fetched(span: Span, why: &str) -> Diagnostic {
    error("HW0228", "Module cannot be fetched", span, "this repository")
        .with_detail(format!("git could not bring it: {why}."))
        .with_help("check the address and the reference behind ?ref=, and that `git clone` works with it by hand")
}

pub fn module_cycle(span: Span, dir: &Path) -> Diagnostic {
    error("HW0223", "Module calls itself", span, "calls a module that is being read already")
        .with_detail(format!("The module in {} would contain itself.", dir.display()))
        .with_help("remove the call")
}

pub fn modules_too_deep(span: Span, limit: usize) -> Diagnostic {
    error("HW0223", "Modules nested too deep", span, "too deep from here on")
        .with_detail(format!("A module can call others down to {limit} levels below the root."))
        .with_help("call modules side by side from one module, and pass values between them through outputs")
}

pub fn invalid_target(span: Span, detail: &str) -> Diagnostic {
    error("HW0224", "Invalid address", span, "not the address of a resource or module")
        .with_detail(detail)
        .with_help("write an address such as service.main, service.main[\"eu\"] or module.network")
}

pub fn mixed_move(span: Span) -> Diagnostic {
    error("HW0224", "Invalid \"moved\" addresses", span, "from and to do not fit")
        .with_detail("A resource can be moved to a resource of the same kind, and a module to a module.")
        .with_help("make both addresses name the same sort of thing")
}

pub fn invalid_cloud(span: Span, name: &str) -> Diagnostic {
    error("HW0225", "Invalid cloud reference", span, "not a reference to a cloud block")
        .with_detail("This must name a cloud block, without quotes.")
        .with_help(format!("write {name}"))
}

pub fn unknown_cloud(span: Span, label: &str, known: &[&str]) -> Diagnostic {
    error("HW0225", "Reference to undeclared cloud", span, "not declared")
        .with_detail(format!("There is no block cloud \"{label}\" in this module."))
        .with_help(choices(label, known, "clouds"))
}

pub fn not_available(span: Span, what: &str, help: &str) -> Diagnostic {
    error("HW0226", format!("{what} not available"), span, "has no meaning here")
        .with_detail("This part of Terraform's language does not exist here.")
        .with_help(help)
}

pub fn state_in_child(span: Span) -> Diagnostic {
    Diagnostic::warning(Code("HW0227"), "State block in a called module")
        .with_label(span, "has no effect")
        .with_detail("Only the module in the working directory says where the state is kept.")
        .with_help("remove it")
}

pub fn block_in_variables_file(span: Span) -> Diagnostic {
    error("HW0229", "Unexpected block in a variables file", span, "a block")
        .with_detail("A *.tfvars file gives values to variables that are declared elsewhere; it holds arguments only.")
        .with_help("write name = value; declare variables in a *.hcl or *.tf file")
}

pub(super) fn import_named_twice(span: Span) -> Diagnostic {
    Diagnostic::error(Code("HW0230"), "An import names the same thing twice")
        .with_detail("It is found by its id, by its name, or by its tags.")
        .with_label(span, "and by this")
        .with_help("Keep one of `id`, `name` and `tags`.")
}

pub(super) fn import_unnamed(header: Span) -> Diagnostic {
    Diagnostic::error(Code("HW0230"), "An import does not say what is imported")
        .with_label(header, "this block")
        .with_help("Add id = \"…\", name = \"…\", or tags = { … }, which only one thing has.")
}
