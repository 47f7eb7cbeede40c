#!/usr/bin/env bash
# Installs the Debian packages that are missing (as root), or says in one line which to install. With the argument
# `python` also what the API's tests run on, with `validator` what Agave's validator takes to compile.
set -euo pipefail

command -v cargo >/dev/null || {
  echo "deps: cargo is missing; install Rust 1.95 or later with rustup" >&2
  exit 1
}

# The oldest PostgreSQL that the schema is written for; the same places that localnet/ looks in.
postgres_is_there() {
  local bin major
  for bin in "${PEDIGREE_POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin /usr/pgsql*/bin "$(dirname "$(command -v postgres || echo /none/postgres)")"; do
    if [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ]; then
      major=$("$bin/postgres" --version | grep -oE '[0-9]+' | head -1)
      [ "${major:-0}" -ge 15 ] && return 0
    fi
  done
  return 1
}

# bindgen loads it, and needs the headers that come with its development package
libclang_is_there() {
  [ -n "${LIBCLANG_PATH:-}" ] || compgen -G '/usr/lib/llvm-*/lib/libclang.so' >/dev/null || [ -e /usr/lib64/libclang.so ]
}

missing=()
command -v cc >/dev/null || missing+=(build-essential)
command -v git >/dev/null || missing+=(git)
command -v python3 >/dev/null || missing+=(python3)
command -v pkg-config >/dev/null || missing+=(pkg-config)
# two crates of the network's runtime link OpenSSL
pkg-config --exists openssl 2>/dev/null || missing+=(libssl-dev)
postgres_is_there || missing+=(postgresql)
if [ "${1:-}" = python ] && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  missing+=(python3-venv)
fi
if [ "${1:-}" = validator ]; then
  libclang_is_there || missing+=(libclang-dev)
  pkg-config --exists libudev 2>/dev/null || missing+=(libudev-dev)
  command -v protoc >/dev/null || missing+=(protobuf-compiler)
fi

[ ${#missing[@]} -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "deps: missing: ${missing[*]} (names of Debian's packages); install them and run this again" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "deps: missing packages; run: sudo apt-get install --yes --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "deps: installing ${missing[*]}" >&2
if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  # Only the programs are wanted: no server of the system's own, started at once on port 5432.
  mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get -qq update && apt-get -qq --yes --no-install-recommends -o Dpkg::Options::=--force-confold \
  install "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "deps: apt-get could not install ${missing[*]}; its last words are above" >&2
  exit 1
fi
