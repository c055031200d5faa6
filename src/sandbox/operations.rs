//! The table of operations for people: which the sandbox has, and which answer 501. Generated from the routing table.

use std::fmt::Write as _;

use super::routes::{ROUTES, Route};

/// The page `docs/sandbox-operations.md`.
pub fn page() -> String {
    let (built, absent): (Vec<&Route>, Vec<&Route>) = ROUTES.iter().partition(|route| route.handler.is_some());
    let mut page = format!(
        "# Operations of the sandbox\n\n\
         Generated from the routing table; do not edit. The API's description has {} operations. The sandbox has {} of\n\
         them; the other {} answer 501 in the API's envelope.\n",
        ROUTES.len(),
        built.len(),
        absent.len(),
    );
    page.push_str("\n## Built\n\n| operation | request | permissions of the key |\n|---|---|---|\n");
    for route in built {
        let permissions: Vec<String> = route.permissions.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(
            page,
            "| `{}` | `{} {}` | {} |",
            route.operation,
            route.method,
            route.path,
            permissions.join(", ")
        );
    }
    page.push_str("\nPermissions are written without their first word, `control-plane:`. All of a line are needed.\n");
    page.push_str("\n## Not built: 501\n\n| operation | request |\n|---|---|\n");
    for route in absent {
        let _ = writeln!(page, "| `{}` | `{} {}` |", route.operation, route.method, route.path);
    }
    page
}
