#!/usr/bin/env bash
# Builds Agave's own test validator from published crates, of the version of the client crates in Cargo.lock, once, into
# the user's cache. Prints the binary's path; all else goes to standard error.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n '/^name = "solana-client"$/{n;s/^version = "\(.*\)"$/\1/p}' Cargo.lock)
[ -n "$version" ] || {
  echo "agave: Cargo.lock names no version of solana-client" >&2
  exit 1
}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pedigree/agave-$version
binary=$cache/bin/solana-test-validator
if [ ! -x "$binary" ]; then
  scripts/deps.sh validator >&2
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
fi
# another build may have ended while this one waited
if [ ! -x "$binary" ]; then
  echo "agave: building solana-test-validator $version in $cache: some 800 crates, half an hour on two cores, once" >&2
  # Unoptimised, as that takes half the time, but for what every slot and signature needs; without debug information,
  # which would be most of a gigabyte. What was compiled before an interruption is not compiled again.
  fast=()
  for package in sha2 curve25519-dalek ed25519-dalek; do
    fast+=(--config "profile.dev.package.$package.opt-level=3")
  done
  (
    cd "$cache"
    unset RUSTC_WORKSPACE_WRAPPER
    CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 cargo install agave-validator --version "=$version" --locked \
      --ignore-rust-version --debug --bin solana-test-validator --root "$cache" --target-dir "$cache/target" \
      "${fast[@]}" 9>&-
  ) >&2
  rm -rf "$cache/target"
  echo "agave: built $binary in $SECONDS s" >&2
fi
echo "$binary"
