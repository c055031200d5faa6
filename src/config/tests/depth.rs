//! Nesting as deep as it may be, on a small stack.

use super::*;
use crate::lang::syntax::MAX_DEPTH;

const DEEPEST: usize = MAX_DEPTH - 1;

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(run).expect("a thread starts");
    thread.join().expect("no test fails on it");
}

fn tower(open: &str, inner: &str, close: &str, n: usize) -> String {
    format!("{}{inner}{}", open.repeat(n), close.repeat(n))
}

#[test]
fn blocks_and_values() {
    on_a_small_stack(|| {
        // The block of the service is one level.
        let blocks = |n| format!("service \"x\" {{\n{}}}\n", tower("a {\n", "b = 1\n", "}\n", n - 1));
        let module = sound(&blocks(DEEPEST));
        assert!((*module).clone() == *module && format!("{module:?}").len() > DEEPEST);
        assert_eq!(load(&[("main.hcl", &blocks(MAX_DEPTH))]).findings(), ["HW0150 {"]);

        let text = tower("(", "\"x\"", ")", DEEPEST - 1);
        sound(&format!("variable \"v\" {{\n  description = {text}\n}}\n"));
        let reference = format!("service.x{}", ".a".repeat(DEEPEST - 1));
        check(&format!("moved {{\n  from = {reference}\n  to = service.y\n}}\n"), &[&format!("HW0224 {reference}")]);
    });
}

#[test]
fn json() {
    on_a_small_stack(|| {
        // The objects of the file, of the kind and of the block itself are levels too.
        let lists = |n| format!("{{\"service\": {{\"x\": {}}}}}", tower("[", "{}", "]", n - 3));
        let depends =
            |n| format!("{{\"service\": {{\"x\": {{\"depends_on\": {}}}}}}}", tower("[", "\"a.b\"", "]", n - 3));
        assert_eq!(load(&[("main.hcl.json", &lists(DEEPEST))]).findings(), Vec::<String>::new());
        assert!(!load(&[("main.hcl.json", &lists(MAX_DEPTH))]).findings().is_empty());
        let findings = load(&[("main.hcl.json", &depends(DEEPEST))]).findings();
        assert!(findings.iter().all(|f| !f.starts_with("HW01")), "{findings:?}");
        assert!(!load(&[("main.hcl.json", &depends(MAX_DEPTH))]).findings().is_empty());
    });
}

#[test]
fn overrides() {
    on_a_small_stack(|| {
        let lifecycles = format!("service \"x\" {{\n{}}}\n", tower("lifecycle {\n", "", "}\n", DEEPEST - 1));
        let loaded = load(&[("main.hcl", &lifecycles), ("override.hcl", &lifecycles)]);
        assert!(!loaded.findings().is_empty());
    });
}

#[test]
fn modules() {
    on_a_small_stack(|| {
        let name = |i: usize| if i == 0 { "main.hcl".to_owned() } else { format!("m{i}/main.hcl") };
        let source = |i: usize| format!("{}m{}", if i == 0 { "./" } else { "../" }, i + 1);
        let call = |i: usize| format!("module \"a\" {{\n  source = \"{}\"\n}}\n", source(i));
        let texts: Vec<(String, String)> = (0..300).map(|i| (name(i), call(i))).collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let loaded = load(&files);
        assert_eq!(loaded.findings(), ["HW0223 \"../m101\""]);
    });
}
