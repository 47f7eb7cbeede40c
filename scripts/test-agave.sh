#!/usr/bin/env bash
# The end-to-end tests against Agave's own validator, one after another: each starts a network of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

skipped=()
skip() {
  echo "test-agave: $1 is left out: $2"
  skipped+=(--skip "$1")
}

PEDIGREE_TEST_VALIDATOR=$(scripts/agave.sh)
export PEDIGREE_TEST_VALIDATOR
skip life:: "it starts the embedded network, which forgets everything, again and again"
skip wrong_inputs:: "it asks no network"
for module in calls court disputes forgotten hearings leases proposals subscriptions; do
  skip $module:: "it puts the network's clock forward"
done
run() {
  cargo test --workspace --no-fail-fast --test end_to_end -- --test-threads 1 --nocapture "$@"
}
status=0
run --ignored agave:: || status=1
run "${skipped[@]}" || status=1
exit $status
