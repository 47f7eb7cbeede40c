//! Where figures go.

use std::{fs, io, path::Path};

use serde_json::Value;

/// Writes a report to `target/bench/`.
pub fn write(name: &str, report: &Value) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(report)? + "\n";
    fs::write(folder.join(name), text)
}
