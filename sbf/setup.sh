#!/usr/bin/env bash
# Assembles, once, a toolchain of upstream parts that compiles the programs to sBPF v3: rustc and its sources from
# Debian stable, LLVM 23 from Debian unstable, sbpf-linker from the Rust registry. Needs no root and installs
# nothing system-wide. Prints the toolchain's folder. See README.md.
#   setup.sh            assemble unless it is there already
#   setup.sh --lock     assemble anew from what the mirror has now, and record that in toolchain.lock
#   setup.sh --into DIR assemble anew in DIR, which must not exist
set -euo pipefail
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"

linker_version=0.2.6
llvm_major=23
suite=bookworm
triplet=x86_64-linux-gnu
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

lock=false into=
case ${1-} in
  '') ;;
  --lock) lock=true ;;
  --into) into=${2:?a folder is missing after --into} ;;
  *) fail "unknown argument '$1'" ;;
esac
final=${into:-$(toolchain_dir)}
if [ -z "$into" ] && ! $lock && [ -e "$final/complete" ]; then
  echo "$final"
  exit 0
fi
if [ -n "${PEDIGREE_SBF_TOOLCHAIN:-}" ] && [ -z "$into" ]; then
  fail "PEDIGREE_SBF_TOOLCHAIN names '$final', where there is no complete toolchain"
fi
if [ -n "$into" ] && [ -e "$into" ]; then fail "'$into' exists already; name a new folder"; fi

[ "$(uname -sm)" = "Linux x86_64" ] ||
  fail "only Linux on x86_64 is supported; elsewhere install the Solana tool suite (cargo build-sbf), which is used when it is on PATH"
need apt-get apt && need dpkg-deb dpkg && need cargo cargo && need cc gcc && need flock util-linux
[ -r "$keyring" ] || fail "$keyring is missing; install debian-archive-keyring"

mkdir -p "$store" "$(dirname "$final")"
exec 9>"$store/.lock"
if ! flock -n 9; then
  say "sbf: another build is assembling the toolchain; waiting for it"
  flock 9
fi
if [ -z "$into" ] && ! $lock && [ -e "$final/complete" ]; then
  echo "$final"
  exit 0
fi

# All happens in a folder beside the final one, which is renamed at the very end: half a toolchain never counts.
# With the lock held, others that lie about are what a killed run left.
rm -rf "$store"/.assembling-*
dir=$(mktemp -d "$(dirname "$final")/.assembling-XXXXXX")
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
mkdir -p "$dir/bin" "$dir/rust" "$dir/llvm" "$dir/link"
log=$dir/log
step() {
  say "sbf: $1"
  printf '\n== %s\n' "$1" >>"$log"
}
gave_up() { # one line; what led to it stays in a log beside the toolchains
  mv -f "$log" "$store/setup.log"
  fail "$* (log: $store/setup.log)"
}

# --- packages: a private apt state, on the mirror that this machine uses already -------------------------------
mirror_of() { # mirror_of PATTERN
  # shellcheck disable=SC2016 # apt-get expands it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 -E "$1" || true
}
mirror=${DEBIAN_MIRROR:-$(mirror_of '/debian/?$')}
security=${DEBIAN_SECURITY_MIRROR:-$(mirror_of '/debian-security/?$')}
[ -n "$mirror" ] ||
  fail "apt knows no Debian mirror; set DEBIAN_MIRROR (and DEBIAN_SECURITY_MIRROR) to one, or install the Solana tool suite (cargo build-sbf)"

apt_in() { # apt_in STATE COMMAND ARGS...: apt with lists, cache and (empty) set of installed packages of its own
  local state=$dir/apt/$1 command=$2
  shift 2
  "$command" -qq -y -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status" \
    -o Dir::Cache="$state/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" \
    -o APT::Install-Recommends=0 -o Acquire::Retries=3 -o APT::Update::Error-Mode=any -o APT::Architecture=amd64 -o APT::Architectures=amd64 "$@" 2>>"$log"
}
open_suite() { # open_suite STATE SOURCE-LINES
  mkdir -p "$dir/apt/$1/lists/partial" "$dir/apt/$1/cache/archives/partial"
  : >"$dir/apt/$1/status"
  printf '%s\n' "$2" >"$dir/apt/$1/sources.list"
  apt_in "$1" apt-get update >>"$log" ||
    gave_up "the package lists of '$1' cannot be read from $mirror; check the network, or set DEBIAN_MIRROR"
}
vanished() {
  gave_up "Debian no longer offers '$1' in the suite '$2'; teach sbf/setup.sh its new name, or install the Solana tool suite (cargo build-sbf)"
}
# Downloads packages as they are, without what they depend on.
fetch() { # fetch STATE PACKAGE...
  local state=$1 package
  shift
  mkdir -p "$dir/debs/$state"
  for package in "$@"; do
    (cd "$dir/debs/$state" && apt_in "$state" apt-get download "$package" >>"$log") || vanished "$package" "$state"
  done
}
# Downloads a package with all that it depends on.
fetch_closure() { # fetch_closure STATE PACKAGE
  apt_in "$1" apt-get install --download-only "$2" >>"$log" || vanished "$2" "$1"
  mv "$dir/apt/$1/cache/archives/"*.deb "$dir/debs/$1/"
}
unpack() { # unpack STATE DIR [PACKAGE-TO-SKIP...]
  local state=$1 to=$2 deb
  shift 2
  for deb in "$dir/debs/$state"/*.deb; do
    case " $* " in *" $(dpkg-deb -f "$deb" Package) "*) continue ;; esac
    dpkg-deb -x "$deb" "$to"
  done
}

step "reading the package lists of $mirror"
signed="deb [signed-by=$keyring]"
stable="$signed $mirror $suite main"
if [ -n "$security" ]; then stable+=$'\n'"$signed $security $suite-security main"; fi
open_suite "$suite" "$stable"
open_suite sid "$signed $mirror sid main"

step "fetching rustc with its sources, and LLVM $llvm_major"
fetch "$suite" rustc-web libstd-rust-web-dev rust-web-src
std_package=$(dpkg-deb -f "$dir/debs/$suite"/libstd-rust-web-dev_*.deb Depends | grep -oE 'libstd-rust-web-[0-9.]+' | head -1)
fetch "$suite" "${std_package:?}"
rust_llvm=$(dpkg-deb -f "$dir/debs/$suite/$std_package"_*.deb Depends | grep -oE 'libllvm[0-9]+' | head -1)
fetch_closure "$suite" "${rust_llvm:?}"
mkdir -p "$dir/debs/sid"
fetch_closure sid "libllvm$llvm_major"
# rustc runs on the machine's C library (a newer one serves older programs); LLVM from unstable brings its own.
unpack "$suite" "$dir/rust" libc6 libgcc-s1 libstdc++6 gcc-12-base
unpack sid "$dir/llvm"

# --- std, with an arm for this target wherever targets without an operating system have one --------------------
step "preparing std"
source=$(echo "$dir"/rust/usr/src/rustc-*/library)
[ -d "$source/std/src" ] || gave_up "rust-web-src has no library/std; teach sbf/setup.sh where it is now"
cp -rL "$source" "$dir/std"
rm -rf "$dir/std/vendor"
std=$dir/std/std
teach() { # teach FILE SED-EXPRESSION: changes std, and sees to it that something did change
  local before
  before=$(hash_of <"$std/$1")
  sed -i "$2" "$std/$1"
  [ "$(hash_of <"$std/$1")" != "$before" ] ||
    gave_up "std's $1 has a new shape; give sbf/setup.sh ('teach $1') the place where targets without an operating system are listed"
}
teach build.rs 's/|| target_os == "vexos"/&\n        || target_os == "solana"/'
teach src/lib.rs '0,/^#!\[feature(/s//#![feature(abi_unadjusted)]\n&/'
teach src/sys/mod.rs 's/^mod personality;/&\n#[cfg(target_os = "solana")]\nmod solana;/'
teach src/sys/alloc/mod.rs 's/^    target_os = "zkvm" => {/    target_os = "solana" => {\n        mod solana;\n    }\n&/'
teach src/sys/alloc/mod.rs 's/target_arch = "wasm64",/&\n        target_arch = "bpf",/'
teach src/sys/io/error/mod.rs 's/target_os = "zkvm",/&\n        target_os = "solana",/'
teach src/sys/thread_local/mod.rs 's/target_os = "zkvm",/&\n        target_os = "solana",/'
teach src/sys/random/mod.rs 's/target_os = "vexos",/&\n        target_os = "solana",/'
cp "$sbf/std/alloc.rs" "$std/src/sys/alloc/solana.rs"
cp "$sbf/std/solana.rs" "$std/src/sys/solana.rs"

# --- the two commands ------------------------------------------------------------------------------------------
step "building sbpf-linker $linker_version (a minute)"
lib=llvm/usr/lib/$triplet
ln -s "../$lib/$(basename "$(echo "$dir/$lib"/libLLVM.so.*)")" "$dir/link/libLLVM.so"
(cd "$dir" && env -u CARGO_TARGET_DIR -u RUSTC RUSTFLAGS="-L native=$dir/link -C link-arg=-Wl,--allow-shlib-undefined" \
  cargo install sbpf-linker --version "$linker_version" --locked --no-default-features \
  --features "bpf-linker/llvm-$llvm_major" --root "$dir/linker" >>"$log" 2>&1) ||
  gave_up "sbpf-linker $linker_version does not build; the log says why"
cat >"$dir/bin/sbpf-linker" <<SH
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
lib=\$here/$lib
exec "\$lib/ld-linux-x86-64.so.2" --library-path "\$lib" "\$here/linker/bin/sbpf-linker" "\$@"
SH
cat >"$dir/bin/rustc" <<SH
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/rust
LD_LIBRARY_PATH=\$here/usr/lib/$triplet:\$here/lib/$triplet\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec "\$here/usr/bin/rustc" "\$@"
SH
chmod +x "$dir/bin/"*
"$dir/bin/sbpf-linker" --version >>"$log" 2>&1 || gave_up "the assembled sbpf-linker does not run; the log says why"
"$dir/bin/rustc" --version >>"$log" 2>&1 || gave_up "the assembled rustc does not run; the log says why"

# --- what it is made of ----------------------------------------------------------------------------------------
{
  for deb in "$dir"/debs/*/*.deb; do
    printf '%s %s %s\n' "$(dpkg-deb -f "$deb" Package)@$(basename "$(dirname "$deb")")" \
      "$(dpkg-deb -f "$deb" Version)" "$(sha256sum "$deb" | cut -c1-64)"
  done | LC_ALL=C sort
  printf 'sbpf-linker %s -\n' "$linker_version"
} >"$dir/packages"
if $lock; then
  {
    echo "# What the toolchain was last made of and tried with: package, version, SHA-256. Written by setup.sh --lock."
    cat "$dir/packages"
  } >"$sbf/toolchain.lock"
  final=$(toolchain_dir)
  rm -rf "$final"
elif ! grep -v '^#' "$sbf/toolchain.lock" | diff - "$dir/packages" >"$dir/difference"; then
  say "sbf: warning: the toolchain differs from sbf/toolchain.lock, so program hashes may differ (builds on):"
  sed -n 's/^</  locked  /p; s/^>/  offered /p' "$dir/difference" | cut -c1-90 >&2
fi
rm -rf "$dir/apt" "$dir/debs" "$dir/rust/usr/src" "$dir/rust/usr/share" "$dir/llvm/usr/share"
touch "$dir/complete"
if [ -z "$into" ]; then rm -rf "$final"; fi
mv -T "$dir" "$final"
say "sbf: toolchain ready in $final"
echo "$final"
