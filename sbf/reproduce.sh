#!/usr/bin/env bash
# Shows that a program's hash depends on nothing but its inputs: builds it twice, from two project folders, with
# toolchains and cargo homes in two folders, and compares.
#   reproduce.sh [NAME...]   all programs unless named
#   ANEW=1                   the second toolchain is assembled from packages again instead of copied
set -euo pipefail
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$root"
need git git

place=$(mktemp -d "${TMPDIR:-/tmp}/reproduce-XXXXXX")
trap 'rm -rf "$place"' EXIT
cargo_home=${CARGO_HOME:-$HOME/.cargo}
mkdir -p "$cargo_home/registry"
suite=false
if cargo build-sbf --version >/dev/null 2>&1; then suite=true; else first=$("$sbf/setup.sh"); fi

build_in() { # build_in FOLDER NAME...: in a copy of what git knows here, changes that are not committed included
  local dir=$place/$1
  shift
  mkdir -p "$dir/project" "$dir/cargo"
  comm -z -23 <(git ls-files -z --cached --others --exclude-standard | sort -zu) <(git ls-files -z --deleted | sort -zu) |
    tar -c --null -T - | tar -x -C "$dir/project"
  ln -s "$cargo_home/registry" "$dir/cargo/registry"
  if ! $suite; then
    if [ -n "${ANEW:-}" ] && [ -d "$place/one" ] && [ "$dir" != "$place/one" ]; then
      "$sbf/setup.sh" --into "$dir/toolchain" >/dev/null
    else
      cp -a "$first" "$dir/toolchain"
    fi
    export PEDIGREE_SBF_TOOLCHAIN=$dir/toolchain
  fi
  CARGO_HOME=$dir/cargo XDG_CACHE_HOME=$dir/cache "$dir/project/sbf/build.sh" "$@" >/dev/null
}

build_in one "$@"
build_in "another, deeper/folder" "$@"
status=0
for file in "$place/one/project/target/deploy"/*.so; do
  name=$(basename "$file")
  other="$place/another, deeper/folder/project/target/deploy/$name"
  if cmp -s "$file" "$other"; then
    printf '%-24s the same twice: %s\n' "$name" "$(hash_of <"$file")"
  else
    say "$name differs in $(cmp -l "$file" "$other" | wc -l) bytes: something reaches the compiler that depends on a folder; see sbf/README.md"
    status=1
  fi
done
exit $status
