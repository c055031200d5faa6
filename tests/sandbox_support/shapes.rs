//! Answers against the API's own description.
#![allow(dead_code, reason = "each test binary uses its part")]

use serde_json::Value;

use super::description;

/// Methods of the description that are operations.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Checks answers against the description, with objects closed: a member it does not know is an error.
pub struct Shapes {
    description: Value,
}

impl Shapes {
    pub fn new() -> Self {
        let mut description = description();
        close(&mut description["components"]["schemas"]);
        Self { description }
    }

    pub fn check(&self, operation: &str, status: u16, body: &Value) {
        let mut schema = self.response_schema(operation, status);
        close(&mut schema);
        schema["components"] = self.description["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{operation} {status}: {errors:#?}\n{body:#}");
    }

    /// The status of a success.
    pub fn success(&self, operation: &str) -> u16 {
        if self.responses(operation)["201"].is_object() { 201 } else { 200 }
    }

    /// Whether the operation answers plain text.
    pub fn is_text(&self, operation: &str) -> bool {
        self.responses(operation)["200"]["content"]["text/plain"].is_object()
    }

    fn response_schema(&self, operation: &str, status: u16) -> Value {
        self.responses(operation)[status.to_string()]["content"]["application/json"]["schema"].clone()
    }

    fn responses(&self, operation: &str) -> &Value {
        let found = self.description["paths"].as_object().unwrap().values().find_map(|operations| {
            METHODS.iter().map(|method| &operations[*method]).find(|found| found["operationId"] == operation)
        });
        &found.unwrap_or_else(|| panic!("{operation} is not described"))["responses"]
    }
}

pub fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
