#!/usr/bin/env bash
# Compiles programs to target/deploy/NAME.so and prints their size and SHA-256.
#   build.sh           every program of the workspace (programs/* that are a cdylib) and the toolchain's self-test
#   build.sh NAME...   these
# Uses `cargo build-sbf` where the Solana tool suite is installed, else the toolchain that setup.sh assembles.
# A program whose inputs did not change is not built again, nor in a fresh clone if this machine built it before.
set -euo pipefail
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$root"
need cargo cargo

manifest_of() { # manifest_of NAME
  local dir
  for dir in "programs/$1" "sbf/$1"; do
    if [ -f "$dir/Cargo.toml" ] && grep -q cdylib "$dir/Cargo.toml"; then
      echo "$dir/Cargo.toml"
      return
    fi
  done
  fail "there is no program '$1'; the programs are: $(programs | xargs)"
}
programs() { grep -l cdylib programs/*/Cargo.toml sbf/*/Cargo.toml | xargs -n1 dirname | xargs -n1 basename; }
package_of() { sed -n 's/^name = "\(.*\)"/\1/p' "$1" | head -1; }

suite=false
if cargo build-sbf --version >/dev/null 2>&1; then
  suite=true
  made_with=$(cargo build-sbf --version)
else
  toolchain=$("$sbf/setup.sh")
  made_with=$(cat "$toolchain/packages" && cargo --version)
fi

# What a program is made from: the compiler, these scripts, the locked dependencies and the programs' sources.
key_of() { # key_of MANIFEST
  {
    echo "$made_with"
    digest Cargo.lock Cargo.toml sbf/build.sh sbf/bpfel-solana.json sbf/std
    find programs/*/src programs/*/Cargo.toml "$(dirname "$1")/src" "$1" -type f -not -path 'programs/testkit/*' -not -path 'programs/fuzz/*' | LC_ALL=C sort -u | xargs sha256sum
  } | hash_of 24
}

compile_with_suite() { # compile_with_suite MANIFEST: Solana's own tools
  cargo build-sbf --arch v3 --manifest-path "$1" --sbf-out-dir target/deploy -- --locked
}

# Nothing that reaches rustc may depend on the folder of the project, of the toolchain or of the registry, or the
# program's hash would. So std is reached by a link inside the project (cargo names its packages by their place in
# it), the target by its name alone, and the prefixes that remain are mapped away.
compile() { # compile MANIFEST
  local target=target/sbf flags
  mkdir -p $target
  ln -sfn "$toolchain/std" $target/std
  # Unrolled loops and inlined functions cost rent for ever. README.md says what these limits save and cost.
  local unroll=-unroll-threshold=87 inline=-inline-threshold=110
  flags=(-Zunstable-options -Cpanic=immediate-abort -Crelocation-model=static -Ctarget-cpu=v3
    "-Cllvm-args=$unroll" "-Clink-arg=--llvm-args=$unroll" "-Cllvm-args=$inline" "-Clink-arg=--llvm-args=$inline"
    -Clink-arg=--disable-memory-builtins -Clink-arg=--llvm-args=--bpf-stack-size=4096
    -Clink-arg=--export=entrypoint -Clink-arg=--arch=v3 -Clink-arg=--log-level=error -Clink-arg=--deploy=false
    "--remap-path-prefix=$root=/pedigree" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    "--remap-path-prefix=$toolchain=/toolchain")
  CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${flags[*]}") \
    RUSTC=$toolchain/bin/rustc RUSTC_BOOTSTRAP=1 __CARGO_TESTS_ONLY_SRC_ROOT=$root/$target/std \
    RUST_TARGET_PATH=$sbf CARGO_TARGET_BPFEL_SOLANA_LINKER=$toolchain/bin/sbpf-linker \
    CARGO_TARGET_DIR=$root/$target \
    cargo build --release --locked --lib --manifest-path "$1" --target bpfel-solana \
    -Zbuild-std=std,panic_abort -Zbuild-std-features=
}

# A program's profile; the workspace's release profile is for what runs off-chain.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
  CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_PANIC=abort \
  CARGO_INCREMENTAL=0
# A program may use another's types. Without this, cargo gives that other program the same file name as a program and
# as a dependency (without its entrypoint), and takes the one for the other.
export __CARGO_DEFAULT_LIB_METADATA=pedigree
unset RUSTFLAGS RUSTC_WRAPPER CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS

build() { # build NAME
  local manifest package file key stamp kept
  manifest=$(manifest_of "$1")
  package=$(package_of "$manifest")
  file=target/deploy/${package//-/_}.so
  key=$(key_of "$manifest")
  stamp=target/sbf/$package.key
  kept=$store/programs/$key-$package.so
  if [ ! -f "$file" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$key $(hash_of <"$file")" ]; then
    mkdir -p target/sbf target/deploy "$store/programs"
    if [ ! -f "$kept" ]; then
      say "sbf: compiling $package"
      if $suite; then compile_with_suite "$manifest"; else
        compile "$manifest"
        cp "target/sbf/bpfel-solana/release/lib${package//-/_}.so" "$file"
      fi
      cp "$file" "$kept.$$" && mv "$kept.$$" "$kept"
    fi
    cp "$kept" "$file.$$" && mv "$file.$$" "$file"
    echo "$key $(hash_of <"$file")" >"$stamp"
  fi
  printf '%-28s %7d bytes  sha256 %s\n' "$file" "$(stat -c %s "$file")" "$(hash_of <"$file")"
}

if [ $# = 0 ]; then mapfile -t names < <(programs); else names=("$@"); fi
for name in "${names[@]}"; do manifest_of "$name" >/dev/null; done
for name in "${names[@]}"; do build "$name"; done
