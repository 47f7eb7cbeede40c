//! What a command prints: text for people, or one JSON document.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use clap::ValueEnum;
use serde_json::{Value, json};

/// Whether this process has printed its JSON document.
static PRINTED: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    #[default]
    Text,
    /// One JSON document on standard output, everything else on standard error.
    Json,
}

impl Output {
    /// Prints a command's result.
    pub fn result(self, value: &Value) {
        match self {
            Self::Json => self.document(value),
            Self::Text => put(&text(value)),
        }
    }

    /// Prints lines that a command made for people.
    pub fn lines(self, lines: &str) {
        let lines = lines.split_inclusive('\n').map(|line| {
            let (line, end) = match line.strip_suffix('\n') {
                Some(line) => (line, "\n"),
                None => (line, ""),
            };
            printable(line) + end
        });
        put(&lines.collect::<String>());
    }

    /// Prints the one JSON document, where that is asked for and none was printed yet: what goes wrong after a command
    /// said that it is ready is told on standard error.
    pub fn document(self, value: &Value) {
        if self == Self::Json && !PRINTED.swap(true, Ordering::Relaxed) {
            put(&format!("{value:#}\n"));
        }
    }

    /// Ends a command that has no result of its own, such as one that was interrupted.
    pub fn end(self) {
        self.document(&json!({"ended": true}));
    }

    /// Prints why a command failed.
    pub fn error(self, error: &anyhow::Error) {
        let message = chain(error);
        eprintln!("error: {message}");
        self.document(&json!({"error": message}));
    }
}

/// Writes to standard output. Who reads it may have seen enough and closed it: that is no failure.
fn put(text: &str) {
    let mut out = io::stdout().lock();
    let put = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match put {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("error: standard output: {error}");
        }
        _ => {}
    }
}

/// An error and its causes on one line; many errors name their cause themselves.
fn chain(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.contains(&cause) {
            continue;
        }
        if !message.is_empty() {
            message.push_str(": ");
        }
        message.push_str(&cause);
    }
    message.replace('\n', " ")
}

/// Objects as `name: value` lines, lists of objects separated by blank lines.
fn text(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, 0, &mut text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

// Writing to a String does not fail.
fn write_value(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if let Some(scalar) = scalar(value) {
                    let _ = writeln!(text, "{indent}{name}: {scalar}");
                } else {
                    let _ = writeln!(text, "{indent}{name}:");
                    write_value(value, depth.saturating_add(1), text);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 && item.is_object() {
                    text.push('\n');
                }
                match scalar(item) {
                    Some(scalar) => {
                        let _ = writeln!(text, "{indent}{scalar}");
                    }
                    None => write_value(item, depth, text),
                }
            }
        }
        other => {
            let _ = writeln!(text, "{indent}{}", scalar(other).unwrap_or_default());
        }
    }
}

/// A value that fits on a line.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("-".to_owned()),
        Value::String(text) => Some(printable(text)),
        Value::Array(items) if items.is_empty() => Some("-".to_owned()),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(printable))
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(", ")),
        Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// Names come from strangers: control characters must not reach the terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_named_once_each() {
        let error = anyhow::anyhow!("disk full")
            .context("writing x: disk full")
            .context("import");
        assert_eq!(chain(&error), "import: writing x: disk full");
    }

    #[test]
    fn text_is_lines_of_names_and_values_without_control_characters() {
        let value = json!({
            "name": "a\u{1b}[31m", "tags": ["x", "y"], "price": null,
            "items": [{"n": 1}, {"n": 2}],
        });
        let lines = text(&value);
        assert!(lines.contains("name: a\u{fffd}[31m\n"), "{lines}");
        assert!(lines.contains("tags: x, y\n"), "{lines}");
        assert!(lines.contains("price: -\n"), "{lines}");
        assert!(lines.contains("items:\n  n: 1\n\n  n: 2\n"), "{lines}");
    }
}
