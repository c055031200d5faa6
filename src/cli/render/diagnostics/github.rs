//! Diagnostics as workflow commands of GitHub Actions, which show them beside the lines they are about.

use std::path::Path;

use super::sarif::{file_name, lines, message};
use crate::diag::{Diagnostic, Diagnostics, Severity, Sources, Span};

/// One line for each finding. `directory` is put before the names of files.
pub fn annotations(diagnostics: Diagnostics, sources: &Sources, directory: &Path) -> String {
    diagnostics.sorted().iter().map(|d| annotation(d, sources, directory)).collect()
}

fn annotation(diagnostic: &Diagnostic, sources: &Sources, directory: &Path) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some((span, file)) = diagnostic.span().and_then(|s| Some((s, file_name(s, sources, directory)?))) {
        properties.push(format!("file={}", property(&file)));
        let ends = lines(Span { start: span.end, ..span }, sources);
        if let Some(((line, column), (end_line, end_column))) = lines(span, sources).zip(ends) {
            properties.push(format!("line={line},endLine={end_line}"));
            // Columns are read within one line only.
            if line == end_line {
                properties.push(format!("col={column},endColumn={end_column}"));
            }
        }
    }
    properties.push(format!("title={}", property(&format!("{}: {}", diagnostic.code, diagnostic.summary))));
    format!("::{word} {}::{}\n", properties.join(","), data(&message(diagnostic)))
}

/// What would end the line, or begin an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn a_finding_is_one_line() {
        let mut sources = Sources::default();
        let file = sources.add("main.hcl", "x = 1\ny = 2\n");
        let found = Diagnostic::error(Code("HW0210"), "No, not: this")
            .with_detail("100% wrong\nreally")
            .with_label(Span::new(file, 6, 7), "");
        let text = annotations(found.into(), &sources, Path::new("."));
        assert_eq!(
            text,
            "::error file=main.hcl,line=2,endLine=2,col=1,endColumn=2,title=HW0210%3A No%2C not%3A this\
             ::No, not: this%0A100%25 wrong%0Areally\n"
        );
        let bare = annotations(Diagnostic::warning(Code("HW0902"), "x").into(), &sources, Path::new("."));
        assert_eq!(bare, "::warning title=HW0902%3A x::x\n");
    }
}
