//! The data sources `role` and `roles`: the roles of the system and of the organization.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{DataSource, Look, one_of_two};
use crate::kinds::role::{fields, list};
use crate::kinds::{Answers, part};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Role;
pub struct Roles;

/// What is told of a role besides id and name.
fn computed() -> Vec<Attribute> {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    let texts = |name, doc| Attribute::computed(name, AttrType::List(Box::new(AttrType::String)), doc);
    let tags = vec![text("role", "`sql-console-readonly` or `sql-console-admin`."), texts("grants", "Databases.")];
    let policy = vec![
        text("id", "Id; another one after every change of the role."),
        text("role_id", "The role."),
        text("tenant_id", "The organization."),
        text("effect", "`ALLOW` or `DENY`."),
        texts("permissions", "Permissions, with those that others imply."),
        texts("resources", "On what."),
        Attribute::computed("tags", AttrType::Object(tags), "What the SQL console takes from it."),
    ];
    vec![
        text("type", "`system` or `custom`."),
        texts("actors", "Who has it: `user/<id>` and `apiKey/<id>`."),
        Attribute::computed("policies", AttrType::List(Box::new(AttrType::Object(policy))), "What it gives and takes."),
        text("tenant_id", "The organization it is in."),
        text("owner_id", "Who owns it."),
        text("created_at", "When it was made, in RFC 3339."),
        text("updated_at", "When it was changed last, in RFC 3339."),
    ]
}

static ROLE: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "role",
        1,
        "A role by its id or its name, be it of the system or of the organization.",
        [
            vec![
                Attribute::optional("id", AttrType::String, "Id of the role. Either this or `name`."),
                Attribute::optional(
                    "name",
                    AttrType::String,
                    "Name of the role, such as `Admin`. Either this or `id`.",
                ),
            ],
            computed(),
        ]
        .concat(),
    )
});

static ROLES: LazyLock<Schema> = LazyLock::new(|| {
    let named = ["id", "name"].map(|name| Attribute::computed(name, AttrType::String, "Of the role."));
    let element = AttrType::Object([named.to_vec(), computed()].concat());
    Schema::new(
        "roles",
        1,
        "All roles of the organization, those of the system among them.",
        vec![Attribute::computed("roles", AttrType::List(Box::new(element)), "The roles, as they are listed.")],
    )
});

impl DataSource for Role {
    fn schema(&self) -> &'static Schema {
        &ROLE
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let (attribute, wanted) = match one_of_two(arguments, "id", "name") {
            Ok(named) => named,
            Err(look) => return look,
        };
        if !answers.holds(&list()) {
            return Look::Ask(vec![list()]);
        }
        let roles = answers.get(&list());
        let is = |role: &&Json| role.get(attribute).and_then(Json::as_str) == Some(wanted);
        match roles.as_deref().and_then(Json::as_array).into_iter().flatten().find(is) {
            Some(role) => Look::Found(part::typed(&ROLE, &fields(role))),
            None => Look::Missing {
                attribute,
                detail: format!("The organization has no role whose {attribute} is \"{wanted}\"."),
                help: "The data source `roles` lists all of them.".to_owned(),
            },
        }
    }
}

impl DataSource for Roles {
    fn schema(&self) -> &'static Schema {
        &ROLES
    }

    fn look(&self, _arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        if !answers.holds(&list()) {
            return Look::Ask(vec![list()]);
        }
        let roles = answers.get(&list());
        let all = roles.as_deref().and_then(Json::as_array).into_iter().flatten();
        let all: Vec<Json> = all.map(|role| json!(fields(role))).collect();
        Look::Found(part::typed(&ROLES, &[("roles", Json::Array(all))].into()))
    }
}
