use super::*;

const STACK: usize = 512 * 1024;

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread starts").join().expect("no overflow");
}

/// Every way to nest, `n` levels deep.
fn towers(n: usize) -> Vec<String> {
    let wrap = |open: &str, inner: &str, close: &str| format!("a = {}{inner}{}\n", open.repeat(n), close.repeat(n));
    vec![
        wrap("(", "1", ")"),
        wrap("[", "", "]"),
        wrap("{a=", "1", "}"),
        wrap("f(", "1", ")"),
        wrap("\"${", "1", "}\""),
        wrap("\"%{ if ", "true", "}x%{ endif }\""),
        wrap("[for x in ", "y", " : x]"),
        wrap("!", "true", ""),
        wrap("-", "1", ""),
        wrap("a[", "0", "]"),
        wrap("x ? y : ", "z", ""),
        wrap("x ? ", "z", " : y"),
        wrap("1 + ", "1", ""),
        wrap("1 * (", "1", ")"),
        wrap("a", "", ".b"),
        wrap("a", "", "[0]"),
        wrap("a", "", "[*]"),
        wrap("a", "", ".*"),
        wrap("(", "", ""),
        wrap("[", "", ""),
        wrap("{", "", ""),
        wrap("\"${", "", ""),
        format!("a = \"{}x{}\"\n", "%{ if a }".repeat(n), "%{ endif }".repeat(n)),
        format!("a = \"{}x{}\"\n", "%{ for a in b }".repeat(n), "%{ endfor }".repeat(n)),
        format!("{}{}", "a {\n".repeat(n), "}\n".repeat(n)),
        "a {\n".repeat(n),
        "a \"".repeat(n),
        "<<E\n${".repeat(n),
        "}".repeat(n),
    ]
}

#[test]
fn deep_nesting_is_refused_and_not_an_overflow() {
    on_a_small_stack(|| {
        for text in towers(10_000) {
            let (body, diagnostics) = parse_file(FILE, &text);
            assert!(diagnostics.has_errors(), "{}", &text[..40]);
            assert!(diagnostics.len() <= 200, "{} findings for {}", diagnostics.len(), &text[..40]);
            drop(body.clone());
        }
    });
}

#[test]
fn the_documented_depth_is_reached() {
    on_a_small_stack(|| {
        for text in ["(", "[", "f(", "\"${", "!", "1 + "] {
            let close: &str = match text {
                "(" | "f(" => ")",
                "[" => "]",
                "\"${" => "}\"",
                _ => "",
            };
            let n = MAX_DEPTH - 1;
            let text = format!("a = {}1{}\n", text.repeat(n), close.repeat(n));
            assert_eq!(findings(&text), [], "{text}");
        }
    });
}

#[test]
fn garbage_is_not_told_character_by_character() {
    for text in ["@ ".repeat(50_000), format!("a = \"{}\"\n", "\\q".repeat(50_000)), "a = \n".repeat(50_000)] {
        assert_eq!(parse_file(FILE, &text).1.len(), 200);
    }
}

#[test]
fn long_is_not_deep() {
    let list = format!("a = [{}]\n", "1, ".repeat(20_000));
    let lines: String = (0..20_000).map(|i| format!("a{i} = \"${{x}} y\"\n")).collect();
    let heredoc = format!("a = <<-E\n{}E\n", "  line ${x}\n".repeat(20_000));
    for text in [list, lines, heredoc] {
        assert_eq!(findings(&text), []);
    }
}
