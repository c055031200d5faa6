//! The data sources `user` and `users`: the members of the organization.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{DataSource, Look, one_of_two};
use crate::kinds::member::list;
use crate::kinds::{Answers, part};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct User;
pub struct Users;

fn computed() -> Vec<Attribute> {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    let role = vec![text("id", "Id."), text("name", "Name."), text("type", "`system` or `custom`.")];
    vec![
        text("name", "Name."),
        text("joined_at", "When they became a member, in RFC 3339."),
        Attribute::computed("assigned_roles", AttrType::List(Box::new(AttrType::Object(role))), "Roles they have."),
    ]
}

static USER: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "user",
        1,
        "A member of the organization by mail address or id. Who has only been invited is no member yet.",
        [
            vec![
                Attribute::optional(
                    "email",
                    AttrType::String,
                    "Mail address; case does not matter. Either this or `id`.",
                ),
                Attribute::optional("id", AttrType::String, "Id of the user. Either this or `email`."),
            ],
            computed(),
        ]
        .concat(),
    )
});

static USERS: LazyLock<Schema> = LazyLock::new(|| {
    let named = [("email", "Mail address."), ("id", "Id of the user.")];
    let named = named.map(|(name, doc)| Attribute::computed(name, AttrType::String, doc));
    let element = AttrType::Object([named.to_vec(), computed()].concat());
    Schema::new(
        "users",
        1,
        "All members of the organization. Who has only been invited is not among them.",
        vec![Attribute::computed("users", AttrType::List(Box::new(element)), "The members, as they are listed.")],
    )
});

/// A member of the API under the names of attributes.
fn fields(member: &Json) -> BTreeMap<&'static str, Json> {
    let names = [("id", "userId"), ("email", "email"), ("name", "name"), ("joined_at", "joinedAt")];
    let mut fields = part::picked(member, &names);
    let roles = member.get("assignedRoles").and_then(Json::as_array).into_iter().flatten();
    let role =
        |role: &Json| json!({ "id": role.get("roleId"), "name": role.get("roleName"), "type": role.get("roleType") });
    fields.insert("assigned_roles", Json::Array(roles.map(role).collect()));
    fields
}

impl DataSource for User {
    fn schema(&self) -> &'static Schema {
        &USER
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let (attribute, wanted) = match one_of_two(arguments, "email", "id") {
            Ok(named) => named,
            Err(look) => return look,
        };
        if !answers.holds(&list()) {
            return Look::Ask(vec![list()]);
        }
        let field = if attribute == "id" { "userId" } else { "email" };
        let members = answers.get(&list());
        let text = |member: &Json| member.get(field).and_then(Json::as_str).map(str::to_lowercase);
        let is = |member: &&Json| text(member).as_deref() == Some(wanted.to_lowercase().as_str());
        match members.as_deref().and_then(Json::as_array).into_iter().flatten().find(is) {
            Some(member) => {
                let mut fields = fields(member);
                // What was asked stands as it was asked.
                fields.insert(attribute, Json::from(wanted));
                Look::Found(part::typed(&USER, &fields))
            }
            None => Look::Missing {
                attribute,
                detail: format!("The organization has no member whose {attribute} is \"{wanted}\"."),
                help:
                    "Who has not accepted an invitation yet is no member; the data source `users` lists those who are."
                        .to_owned(),
            },
        }
    }
}

impl DataSource for Users {
    fn schema(&self) -> &'static Schema {
        &USERS
    }

    fn look(&self, _arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        if !answers.holds(&list()) {
            return Look::Ask(vec![list()]);
        }
        let members = answers.get(&list());
        let all = members.as_deref().and_then(Json::as_array).into_iter().flatten();
        let all: Vec<Json> = all.map(|member| json!(fields(member))).collect();
        Look::Found(part::typed(&USERS, &[("users", Json::Array(all))].into()))
    }
}
