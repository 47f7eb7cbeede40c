//! The fields of a JSON object, taken one by one, with errors that name them.

use serde_json::{Map, Value};

/// The field at fault, if one is, and what is wrong.
pub(super) type Problem = (Option<String>, String);

pub(super) fn problem(field: &str, text: impl Into<String>) -> Problem {
    (Some(field.to_owned()), text.into())
}

/// An object whose fields are taken out; what is left at the end is unknown.
pub(super) struct Fields {
    /// Path of the object itself, such as `pricing[1].`.
    prefix: String,
    map: Map<String, Value>,
}

impl Fields {
    pub(super) fn new(prefix: &str, value: Value) -> Result<Self, Problem> {
        match value {
            Value::Object(map) => Ok(Self {
                prefix: prefix.to_owned(),
                map,
            }),
            _ => {
                let field = prefix.trim_end_matches('.');
                let field = (!field.is_empty()).then(|| field.to_owned());
                Err((field, "expected an object".to_owned()))
            }
        }
    }

    pub(super) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name)
    }

    /// A text of 1 to `most` bytes without control characters.
    pub(super) fn text(&mut self, name: &str, most: usize) -> Result<String, Problem> {
        self.optional_text(name, most)?
            .ok_or_else(|| problem(&self.path(name), "missing"))
    }

    pub(super) fn optional_text(
        &mut self,
        name: &str,
        most: usize,
    ) -> Result<Option<String>, Problem> {
        let path = self.path(name);
        self.take(name)
            .map(|value| checked_text(&path, value, most))
            .transpose()
    }

    pub(super) fn unsigned(&mut self, name: &str) -> Result<u64, Problem> {
        let path = self.path(name);
        let value = self.take(name).ok_or_else(|| problem(&path, "missing"))?;
        value
            .as_u64()
            .ok_or_else(|| problem(&path, format!("expected a whole number, found {value}")))
    }

    /// The elements of a list of at most `most`; an absent list is empty.
    pub(super) fn list(&mut self, name: &str, most: usize) -> Result<Vec<Value>, Problem> {
        let path = self.path(name);
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() <= most => Ok(items),
            Some(Value::Array(items)) => Err(problem(
                &path,
                format!("{} elements, at most {most} are allowed", items.len()),
            )),
            Some(_) => Err(problem(&path, "expected a list")),
        }
    }

    pub(super) fn finish(self) -> Result<(), Problem> {
        match self.map.keys().next() {
            Some(name) => Err(problem(&self.path(name), "unknown field")),
            None => Ok(()),
        }
    }
}

pub(super) fn checked_text(path: &str, value: Value, most: usize) -> Result<String, Problem> {
    let Value::String(text) = value else {
        return Err(problem(path, format!("expected a text, found {value}")));
    };
    if text.is_empty() {
        return Err(problem(path, "empty: leave an unknown field out"));
    }
    if text.len() > most {
        let length = text.len();
        return Err(problem(
            path,
            format!("{length} bytes, at most {most} are allowed"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(problem(path, "holds a control character"));
    }
    Ok(text)
}
