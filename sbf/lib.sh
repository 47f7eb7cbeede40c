# Shared by the scripts of this folder (sourced, not run): where things are, and how a script gives up.
# shellcheck shell=bash disable=SC2034 # the variables are for those that source this
sbf=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$sbf")
# Lints are for the host's builds.
unset RUSTC_WORKSPACE_WRAPPER
store=${XDG_CACHE_HOME:-$HOME/.cache}/pedigree/sbf

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$(basename "$0"): $*"
  exit 1
}

# need TOOL PACKAGE: a tool that cannot be done without.
need() { command -v "$1" >/dev/null || fail "'$1' is missing; install it (on Debian: apt-get install $2)"; }

hash_of() { sha256sum | cut -c1-"${1:-64}"; }

# Names and contents of the given files and folders, in an order that does not depend on the locale or the folder.
digest() {
  find "$@" -type f -not -path '*/target/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

# A toolchain is named after all that goes into assembling it.
toolchain_key() {
  (cd "$sbf" && digest setup.sh std toolchain.lock | hash_of 16)
}

toolchain_dir() { printf '%s' "${PEDIGREE_SBF_TOOLCHAIN:-$store/toolchain-$(toolchain_key)}"; }
