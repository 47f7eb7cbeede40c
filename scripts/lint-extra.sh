#!/usr/bin/env bash
# The checks whose tools a machine may lack; each says so when it is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

if cargo deny --version >/dev/null 2>&1; then
  cargo deny --log-level error check licenses bans sources
  # The database is fetched on purpose only: lint needs no network.
  if [ -n "$(ls -A "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" 2>/dev/null)" ]; then
    cargo deny --log-level error check --disable-fetch advisories
  else
    echo "lint: no advisory database here: advisories of crates not checked (cargo deny fetch db)"
  fi
else
  echo "lint: cargo-deny is not installed: licences and sources of crates not checked (cargo install cargo-deny --locked)"
fi

if command -v shellcheck >/dev/null; then
  git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck --external-sources
else
  echo "lint: shellcheck is not installed: shell scripts not checked"
fi

# Every error of the programs and every constraint of their accounts has to be provoked by a test.
scripts/guards.py

# Each test that the rules and the runbooks name has to exist.
# shellcheck disable=SC2016 # the backticks are Markdown's
missing=$(grep -hoE '`[a-z0-9]+(_[a-z0-9]+){3,}`' docs/INVARIANTS.md docs/runbooks/*.md | tr -d '`' | grep -v '^pedigree_' | sort -u | while read -r name; do
  grep -rqE "fn $name\(" programs indexer client-sdk tests cli localnet benches --include='*.rs' || echo "$name"
done)
if [ -n "$missing" ]; then
  echo "lint: docs/INVARIANTS.md or docs/runbooks/ names tests that do not exist: $(echo "$missing" | xargs)" >&2
  exit 1
fi
