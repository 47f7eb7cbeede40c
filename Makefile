# What a newcomer needs is `make up` and `make test`; `make help` lists the rest.
.PHONY: help deps up test test-api test-long test-agave fuzz mutants build programs reproduce idl bench simulate soak lint clean

# Incremental builds cost more disk than they save time here: most of the code is dependencies.
export CARGO_INCREMENTAL ?= 0
TARGET := $(or $(CARGO_TARGET_DIR),target)

# Where clippy is installed, its driver stands in for the compiler of this workspace in all builds without optimisation:
# `make lint` then needs no second compilation of a thousand dependencies.
DRIVER := $(if $(shell clippy-driver --version 2>/dev/null),clippy-driver)
lint test test-api test-long test-agave fuzz mutants idl simulate soak: export RUSTC_WORKSPACE_WRAPPER = $(DRIVER)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: ## install what is missing on this machine, or say what to install
	@scripts/deps.sh

up: deps programs build ## start everything and list the catalogue (ARGS="..." goes to `pedigree up`)
	@exec $(TARGET)/release/pedigree up $(ARGS)

test: deps programs ## run all tests
	@scripts/deps.sh python
	cargo build --workspace --all-targets
	cargo test --workspace --no-fail-fast
	@scripts/schemathesis.sh

test-api: deps programs ## ask a running API all that its description allows, and what it does not (SEED=N, REQUESTS=N)
	@scripts/deps.sh python
	cargo build --workspace --all-targets
	@scripts/schemathesis.sh

test-long: deps programs ## the programs' tests at three prices of rent, the whole catalogue, and 100 kills of the indexer
	cargo build --workspace --all-targets
	set -e; for rent in 6960 5080 696; do \
	  PEDIGREE_RENT=$$rent cargo test --workspace --no-fail-fast --test escrow_it --test listing_it --test dao_it --test reward_it; \
	done
	PEDIGREE_CATALOGUE_ASSETS=5648 cargo test --workspace --test end_to_end -- --nocapture everything_in_the_file
	PEDIGREE_KILLS=100 cargo test --workspace --test end_to_end -- --nocapture i1_killed_at

test-agave: deps programs ## run the end-to-end tests against Agave's own validator, which is built once
	cargo build --workspace --all-targets
	@scripts/test-agave.sh

fuzz: ## random sequences of all instructions, every rule after every step (SEED=n SEQUENCES=m, ARGS="--only 7")
	@$(MAKE) --no-print-directory deps programs >&2
	@cargo build --workspace --all-targets >&2
	@$(TARGET)/debug/pedigree-fuzz --seed $(or $(SEED),1) --sequences $(or $(SEQUENCES),400) $(ARGS)

mutants: deps ## remove COUNT (40) of the programs' checks, picked by SEED (1), one at a time: a test has to fail for each
	@scripts/mutants.py --seed $(or $(SEED),1) --count $(or $(COUNT),40)

build: deps ## compile the `pedigree` command to target/release/
	cargo build --release --workspace --bin pedigree

programs: ## compile the programs to target/deploy/*.so (PROGRAM=NAME: that one)
	@sbf/build.sh $(PROGRAM)

reproduce: ## build the programs twice, in different folders, and compare (PROGRAM=NAME: that one)
	@sbf/reproduce.sh $(PROGRAM)

idl: deps ## write the programs' interface descriptions to idl/*.json
	cargo build --workspace --all-targets
	@$(TARGET)/debug/pedigree-idl

bench: deps programs ## measure the programs' costs, the indexer's speed, latency and memory, and search at a million listings (ARGS="..." goes to the indexer's part)
	cargo build --release --workspace --bins
	@$(TARGET)/release/pedigree-bench programs
	@$(TARGET)/release/pedigree-bench indexer $(ARGS)
	@$(TARGET)/release/pedigree-bench api

simulate: deps ## what an attacker with a part of the weight does in court and votes, and what it costs (SEED=n RUNS=m, ARGS="--error 30")
	@cargo build --workspace --bin pedigree-simulate >&2
	@$(TARGET)/debug/pedigree-simulate court --seed $(or $(SEED),1) --runs $(or $(RUNS),500) $(ARGS)

soak: deps programs ## send orders for 30 minutes while everything fails in turn, then compare (ARGS="--minutes 5")
	cargo build --workspace --all-targets
	@$(TARGET)/debug/pedigree-soak $(ARGS)

lint: deps ## check formatting, lints, licences, shell scripts, and that tests provoke all that the programs refuse
	cargo fmt --all --check
	@test -n "$(DRIVER)" || { echo "lint: clippy is missing; run: rustup component add clippy" >&2; exit 1; }
	cargo build --workspace --all-targets
	@# cargo repeats the warnings of what is built already
	@! cargo build --workspace --all-targets 2>&1 | grep -A 20 '^warning'
	@scripts/lint-extra.sh

clean: ## remove what was built here (the toolchain in the user's cache stays)
	cargo clean
	rm -rf target/sbf target/idl target/deploy
