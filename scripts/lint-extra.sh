#!/usr/bin/env bash
# The checks whose tools a machine may lack; each says so when it is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

if cargo deny --version >/dev/null 2>&1; then
  cargo deny --log-level error check licenses bans sources
else
  echo "lint: cargo-deny is not installed: licences and sources of crates not checked (cargo install cargo-deny --locked)"
fi

if command -v shellcheck >/dev/null; then
  git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck --external-sources
else
  echo "lint: shellcheck is not installed: shell scripts not checked"
fi
