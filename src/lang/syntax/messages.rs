//! What the parser has to say: one function for each sort of finding, so that codes and wording stand in one place.
//!
//! The headlines are HCL's, so that what people find when they search for them applies here too.

use crate::diag::{Code, Diagnostic, Span};

fn error(code: &'static str, summary: &str, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(Code(code), summary).with_label(span, label)
}

// Characters and literals

pub fn invalid_character(span: Span, text: &str) -> Diagnostic {
    let found = error("HW0101", "Invalid character", span, "not part of the language");
    match text.chars().next() {
        Some('”' | '‘' | '’') => found
            .with_detail("Typographic quotation marks do not delimit strings; they often come from copied documents.")
            .with_help("write a straight double quote: \""),
        Some('\u{a0}' | '\u{2007}' | '\u{202f}') => found
            .with_detail(
                "This is a no-break space, which looks like an ordinary one; it often comes from copied documents.",
            )
            .with_help("replace it with an ordinary space"),
        Some('\r') => found
            .with_detail("A carriage return stands here without a line feed after it.")
            .with_help("end lines with a line feed, or with carriage return and line feed"),
        Some(c) if c.is_control() || c == '\u{feff}' => found
            .with_detail(format!("The invisible character U+{:04X} stands here.", u32::from(c)))
            .with_help("delete it"),
        _ => found
            .with_detail(format!("The character {text} is not used outside strings and comments."))
            .with_help("remove it, or put the text into double quotes if it belongs to a string"),
    }
}

pub fn foreign_quote(span: Span, text: &str) -> Diagnostic {
    let found = error("HW0101", "Invalid character", span, "not a string");
    let found = match text.chars().next() {
        Some('`') => {
            found.with_detail("Backticks do not delimit strings; strings of several lines are written as heredocs.")
        }
        Some('\'') => found.with_detail("Single quotes do not delimit strings."),
        _ => found
            .with_detail("Typographic quotation marks do not delimit strings; they often come from copied documents."),
    };
    let inner = text.trim_matches(['`', '\'', '“', '„', '”']);
    match inner {
        "" => found.with_help("use double quotes: \"…\""),
        inner => found.with_help(format!("write \"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""))),
    }
}

pub fn semicolon(span: Span) -> Diagnostic {
    error("HW0101", "Invalid character", span, "nothing is separated by semicolons")
        .with_detail(
            "Arguments and blocks end with their line; the items of lists and objects are separated by commas.",
        )
        .with_help("begin a new line instead, or write a comma inside [ ] and { }")
}

pub fn bitwise_operator(span: Span, text: &str) -> Diagnostic {
    let found = error("HW0102", "Unsupported operator", span, "not an operator here")
        .with_detail("There are no operators on the bits of numbers.");
    match text {
        "&" => found.with_help("for \"and\" between conditions write &&"),
        "|" => found.with_help("for \"or\" between conditions write ||"),
        "~" => found.with_help("to negate a condition write !"),
        _ => found.with_help("for powers use pow(base, exponent)"),
    }
}

pub fn line_ends_in_string(open: Span, end: Span) -> Diagnostic {
    error("HW0103", "Invalid multi-line string", open.to(end), "this string has no closing quote in its line")
        .with_detail("A quoted string must end in the line it begins in.")
        .with_help("close it with \", write \\n for a line break inside it, or use a heredoc (<<EOT) for several lines")
}

pub fn unterminated_string(open: Span, end: Span) -> Diagnostic {
    error("HW0104", "Unterminated template string", end, "the text ends before the string does")
        .with_label(open, "the string begins here")
        .with_detail("No closing quotation mark was found for this string.")
        .with_help("close it with \"")
}

pub fn unterminated_heredoc(open: Span, end: Span, marker: &str) -> Diagnostic {
    error("HW0104", "Unterminated template string", open, "this heredoc begins here")
        .with_label(end, "and the text ends without its marker")
        .with_detail(format!("A heredoc goes on until a line that holds nothing but its marker, {marker}."))
        .with_help(format!("put {marker} alone on the line after the last line of text"))
}

pub fn invalid_escape(span: Span, detail: String) -> Diagnostic {
    error("HW0105", "Invalid escape sequence", span, "not an escape sequence")
        .with_detail(detail)
        .with_help("the escapes are \\n \\r \\t \\\" \\\\ \\uNNNN and \\UNNNNNNNN; for a backslash itself write \\\\")
}

pub fn invalid_number(span: Span) -> Diagnostic {
    error("HW0106", "Invalid number literal", span, "not a number")
        .with_detail("A number has digits, at most one decimal point, and at most one exponent, as in 1.5e3.")
        .with_help("put it into double quotes if it is a text, such as an address or a version")
}

pub fn unclosed_comment(span: Span) -> Diagnostic {
    error("HW0107", "Invalid expression", span, "this comment is never closed")
        .with_detail("A comment that begins with /* goes on until */, so everything after it is left out.")
        .with_help("close it with */, or begin each line of it with #")
}

pub fn too_deep(span: Span, limit: usize) -> Diagnostic {
    error("HW0150", "Nesting too deep", span, "too deep from here on")
        .with_detail(format!("Fewer than {limit} brackets, templates and blocks can stand inside each other, and fewer than {limit} operators, attributes and indexes in one chain."))
        .with_help("name parts of it as local values and refer to those; for long sums and conditions use sum([…]), alltrue([…]) or anytrue([…])")
}

// Bodies

pub fn item_required(span: Span, name: Option<&str>) -> Diagnostic {
    let found =
        error("HW0110", "Argument or block definition required", span, "neither an argument nor a block begins here");
    match name {
        Some(name) => found
            .with_detail("An argument is a name, an equals sign and a value; a block is a keyword, labels and braces.")
            .with_help(format!("to set an argument write {name} = …, to open a block write {name} {{ … }}")),
        None => found
            .with_detail("A line of a block or file begins with the name of an argument or the keyword of a block.")
            .with_help("remove this, or close the brackets or quotes of the lines above"),
    }
}

pub fn stray_brace(span: Span) -> Diagnostic {
    error("HW0110", "Argument or block definition required", span, "closes nothing")
        .with_detail("There is one closing brace more than there are opening ones.")
        .with_help("remove it, or look above for a missing {")
}

pub fn quoted_name(span: Span) -> Diagnostic {
    error("HW0111", "Invalid argument name", span, "a quoted text begins here")
        .with_detail("Names of arguments and keywords of blocks are written without quotes.")
        .with_help("remove the quotes; names with other characters are possible only as keys inside { }")
}

pub fn redefined(span: Span, first: Span, name: &str) -> Diagnostic {
    error("HW0112", "Attribute redefined", span, "set here again")
        .with_label(first, "first set here")
        .with_detail(format!("The argument {name} is set twice in the same block; each can be set once."))
        .with_help("remove one of the two")
}

pub fn newline_after_argument(span: Span, comma: bool) -> Diagnostic {
    if comma {
        return error("HW0113", "Unexpected comma after argument", span, "not needed")
            .with_detail("The arguments of a block end with their line, not with a comma.")
            .with_help("remove the comma, and write one argument a line");
    }
    error("HW0113", "Missing newline after argument", span, "the value is already complete here")
        .with_detail("An argument ends with its line.")
        .with_help("begin a new line here; or, if this belongs to the value, join it with an operator, or put quotes around all of it")
}

pub fn invalid_block(span: Span, detail: &str) -> Diagnostic {
    error("HW0114", "Invalid block definition", span, "expected a label or {")
        .with_detail(detail)
        .with_help("write: keyword \"label\" {, with the brace in the same line")
}

pub fn argument_required(span: Span, name: &str) -> Diagnostic {
    error("HW0115", "Argument definition required", span, "a block inside a block of one line")
        .with_detail("A block written in one line can hold one argument and no block.")
        .with_help(format!(
            "to set an argument write {name} = …; or put the braces of the outer block on lines of their own"
        ))
}

pub fn single_argument_block(span: Span, detail: &str) -> Diagnostic {
    error("HW0116", "Invalid single-argument block definition", span, "expected } here")
        .with_detail(detail)
        .with_help("write the block over several lines, one argument a line")
}

pub fn unclosed_block(span: Span) -> Diagnostic {
    error("HW0117", "Unclosed configuration block", span, "this brace is never closed")
        .with_detail("The text ends before the block does.")
        .with_help("close the block with }; if it looks closed, a brace is missing in one of the blocks inside it")
}

pub fn newline_after_block(span: Span) -> Diagnostic {
    error("HW0118", "Missing newline after block definition", span, "the block is already complete here")
        .with_detail("A block ends with the line of its closing brace.")
        .with_help("begin a new line here")
}

pub fn template_in_label(span: Span) -> Diagnostic {
    error("HW0119", "Invalid string literal", span, "a template sequence")
        .with_detail("Labels are fixed names; they are known before any value is.")
        .with_help("write the name itself; to keep ${ or %{ as text, double the first character; for many similar blocks use for_each")
}

// Expressions

pub fn invalid_expression(span: Span, found: &str) -> Diagnostic {
    error("HW0120", "Invalid expression", span, "expected a value here")
        .with_detail(format!("A value is missing: {found} cannot begin one."))
        .with_help("write a value here: a string in double quotes, a number, true, false, null, a list [ ], an object { } or a reference")
}

pub fn missing_expression(span: Span) -> Diagnostic {
    error("HW0121", "Missing expression", span, "the text ends here")
        .with_detail("A value is missing at the end.")
        .with_help("complete the expression")
}

pub fn extra_after_expression(span: Span) -> Diagnostic {
    error("HW0122", "Extra characters after expression", span, "the expression is already complete here")
        .with_detail("Something follows an expression that is complete in itself.")
        .with_help("remove it, join it with an operator, or put quotes around all of it if it is a text")
}

pub fn unbalanced_parentheses(span: Span, open: Span) -> Diagnostic {
    error("HW0123", "Unbalanced parentheses", span, "expected ) here")
        .with_label(open, "opened here")
        .with_detail("The expression in parentheses is complete, but the parenthesis is not closed.")
        .with_help("write ) here")
}

pub fn missing_argument_separator(span: Span, open: Span) -> Diagnostic {
    error("HW0124", "Missing argument separator", span, "expected , or ) here")
        .with_label(open, "the call begins here")
        .with_detail("The arguments of a function are separated by commas and end with a parenthesis.")
        .with_help("write a comma before the next argument, or ) after the last")
}

pub fn unterminated_call(span: Span) -> Diagnostic {
    error("HW0125", "Unterminated function call", span, "this call is never closed")
        .with_detail("The text ends before the arguments of this function do.")
        .with_help("write ) after the last argument")
}

pub fn expansion_not_last(span: Span) -> Diagnostic {
    error("HW0126", "Missing closing parenthesis", span, "expected ) after this")
        .with_detail("Only the last argument of a function can be expanded with \"...\".")
        .with_help("make it the last, or join the lists with concat(…)")
}

pub fn missing_function_name(span: Span) -> Diagnostic {
    error("HW0127", "Missing function name", span, "expected a name here")
        .with_detail("\"::\" stands between the parts of a function's name.")
        .with_help("write the function's full name, such as provider::terraform::encode_expr")
}

pub fn missing_open_parenthesis(span: Span) -> Diagnostic {
    error("HW0128", "Missing open parenthesis", span, "expected ( here")
        .with_detail("A name with \"::\" is the name of a function, so its arguments must follow.")
        .with_help("write the arguments in parentheses")
}

pub fn missing_item_separator(span: Span, open: Span) -> Diagnostic {
    error("HW0129", "Missing item separator", span, "expected , or ] here")
        .with_label(open, "the list begins here")
        .with_detail("The items of a list are separated by commas, also when each has a line of its own.")
        .with_help("write a comma after the item before this")
}

pub fn unterminated_tuple(open: Span) -> Diagnostic {
    error("HW0130", "Unterminated tuple constructor expression", open, "this bracket is never closed")
        .with_detail("The text ends before the list does.")
        .with_help("close the list with ]; if it looks closed, a bracket is missing inside it")
}

pub fn missing_key_separator(span: Span, ident: bool) -> Diagnostic {
    let found = error("HW0131", "Missing key/value separator", span, "expected = here")
        .with_detail("In an object each key is followed by an equals sign and a value.");
    if ident {
        found.with_help("write = after the key; put quotes around a key that holds spaces or dots")
    } else {
        found.with_help("write key = value; for a key that is an expression write (expression) = value")
    }
}

pub fn missing_attribute_value(span: Span) -> Diagnostic {
    error("HW0132", "Missing attribute value", span, "expected = and a value here")
        .with_detail("In an object each key is followed by an equals sign and a value.")
        .with_help("write key = value; for a list of plain items use [ ] instead of { }")
}

pub fn missing_attribute_separator(span: Span, open: Span) -> Diagnostic {
    error("HW0133", "Missing attribute separator", span, "expected a comma, a new line or } here")
        .with_label(open, "the object begins here")
        .with_detail("The items of an object are separated by commas or by new lines.")
        .with_help("write a comma or begin a new line here")
}

pub fn unterminated_object(open: Span) -> Diagnostic {
    error("HW0134", "Unterminated object constructor expression", open, "this brace is never closed")
        .with_detail("The text ends before the object does.")
        .with_help("close the object with }; if it looks closed, a brace is missing inside it")
}

pub fn invalid_for(span: Span, detail: &str) -> Diagnostic {
    error("HW0135", "Invalid 'for' expression", span, "here")
        .with_detail(detail)
        .with_help("write [for item in list : value] or {for key, value in map : key => value}, with \"if condition\" at the end if needed")
}

pub fn missing_false_result(span: Span) -> Diagnostic {
    error("HW0136", "Missing false expression in conditional", span, "expected : here")
        .with_detail("A conditional has two results: condition ? if_true : if_false.")
        .with_help("write \": value\" for the case that the condition is false, perhaps \": null\"")
}

pub fn invalid_attribute_name(span: Span) -> Diagnostic {
    error("HW0137", "Invalid attribute name", span, "expected a name here")
        .with_detail("A dot is followed by the name of an attribute.")
        .with_help("write the attribute's name; for a name that is computed or holds other characters use [\"name\"]")
}

pub fn invalid_legacy_index(span: Span, digits: &str) -> Diagnostic {
    let (first, second) = digits.split_once('.').unwrap_or((digits, ""));
    error("HW0138", "Invalid legacy index syntax", span, "read as one number with a decimal point")
        .with_detail("Two indexes in a row cannot be written with dots.")
        .with_help(format!("write [{first}][{second}]"))
}

pub fn nested_splat(span: Span) -> Diagnostic {
    error("HW0139", "Nested splat expression not allowed", span, "a second star")
        .with_detail("After .* only names of attributes and indexes can follow.")
        .with_help("use [*] for both")
}

pub fn unclosed_index(span: Span, open: Span, splat: bool) -> Diagnostic {
    let summary = if splat { "Missing close bracket on splat index" } else { "Missing close bracket on index" };
    error("HW0140", summary, span, "expected ] here")
        .with_label(open, "the index begins here")
        .with_detail("An index is one expression in brackets.")
        .with_help("write ] here")
}

// Templates

pub fn unclosed_interpolation(open: Span) -> Diagnostic {
    error("HW0141", "Unclosed template interpolation sequence", open, "this is never closed")
        .with_detail("The text ends before the interpolation does.")
        .with_help("close it with }; to keep ${ as text write $${")
}

pub fn extra_in_interpolation(span: Span, open: Span) -> Diagnostic {
    error("HW0142", "Extra characters after interpolation expression", span, "expected } here")
        .with_label(open, "the interpolation begins here")
        .with_detail("An interpolation holds one expression.")
        .with_help("close it with }; if this is meant for another language, such as a shell, write $${ instead of ${")
}

pub fn invalid_directive(span: Span) -> Diagnostic {
    error("HW0143", "Invalid template directive", span, "expected if, else, endif, for or endfor here")
        .with_detail("%{ begins a directive.")
        .with_help("to keep %{ as text write %%{")
}

pub fn unknown_directive(span: Span, name: &str, suggestion: Option<&str>) -> Diagnostic {
    let found = error("HW0144", "Invalid template control keyword", span, "not a directive")
        .with_detail(format!("There is no directive {name}; they are if, else, endif, for and endfor."));
    match suggestion {
        Some(s) => found.with_help(format!("did you mean {s}?")),
        None => found.with_help("to keep %{ as text write %%{"),
    }
}

pub fn extra_in_directive(span: Span, open: Span, name: &str) -> Diagnostic {
    error("HW0145", &format!("Extra characters in {name} marker"), span, "expected } here")
        .with_label(open, "the directive begins here")
        .with_detail("The directive is already complete.")
        .with_help(if name == "else" {
            "close it with }; for a further condition nest another if inside the else"
        } else {
            "close it with }"
        })
}

pub fn unexpected_directive(span: Span, name: &str, detail: &str, open: Option<Span>) -> Diagnostic {
    let found = error("HW0146", &format!("Unexpected {name} directive"), span, "does not fit here").with_detail(detail);
    let found = match open {
        Some(open) => found.with_label(open, "the directive it stands in"),
        None => found,
    };
    found.with_help("every %{ if } ends with %{ endif }, every %{ for } with %{ endfor }, the inner before the outer")
}

pub fn unclosed_directive(open: Span, end: Span, name: &str) -> Diagnostic {
    error("HW0147", "Unexpected end of template", open, "this directive is never closed")
        .with_label(end, "the template ends here")
        .with_detail(format!("The template ends before its \"{name}\" directive does."))
        .with_help(format!("write %{{ end{name} }} after the part it applies to"))
}

pub fn invalid_for_directive(span: Span, detail: &str) -> Diagnostic {
    error("HW0148", "Invalid 'for' directive", span, "here")
        .with_detail(detail)
        .with_help("write %{ for item in list } or %{ for key, value in map }")
}

// JSON

pub fn invalid_json(span: Span, detail: &str) -> Diagnostic {
    error("HW0160", "Invalid JSON", span, "here")
        .with_detail(detail)
        .with_help("correct the text; a JSON checker, such as jq, may say more")
}
