# Every verb of this repository. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

SCRATCH ?= .build
JOBS ?= $(shell nproc)
RUNS ?= 10
SEEDS ?= 1000
FIRST ?= 1
PARTS ?=
SWIFTPM := --scratch-path $(SCRATCH) --jobs $(JOBS)
SWIFT_TEXT := Sources Tests Examples Package.swift
CROND := $(SCRATCH)/debug/crond
BINARY := $(abspath $(SCRATCH))/release-static/crond
RUN := .run

.PHONY: help
help: ## list the verbs
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## install what the build needs (quiet when nothing is missing)
	@Scripts/bootstrap

.PHONY: build
build: setup ## build crond, for debugging
	swift build $(SWIFTPM) --product crond

.PHONY: run
run: build ## run crond with a table, store and socket of its own in .run/ (edit .run/crontab and watch)
	@mkdir -p -m 0700 $(RUN)
	@[ -e $(RUN)/crontab ] || cp Examples/crontab.user $(RUN)/crontab
	@echo "The table is $(RUN)/crontab: edit it while this runs. Ctrl-C ends it."
	@exec $(CROND) run $(RUN)/crontab --format user --store sqlite:$(RUN)/ledger.db --socket $(RUN)/crond.sock

.PHONY: test
test: release ## build and run every test, on the binary that users get, and compile every snippet of the documents
	@Scripts/bootstrap test
	swift build $(SWIFTPM) --build-tests
	SCRATCH=$(SCRATCH) Scripts/snippets
	SCRATCH=$(SCRATCH) CROND_BINARY=$(BINARY) Scripts/test
	$(MAKE) simulate SEEDS=300

.PHONY: test-repeat
test-repeat: release ## run every test RUNS (10) times beside a busy core, and count; PARTS="units real-time black-box" chooses
	@Scripts/bootstrap test
	swift build $(SWIFTPM) --build-tests
	SCRATCH=$(SCRATCH) CROND_BINARY=$(BINARY) Scripts/test-repeat $(RUNS) $(PARTS)

.PHONY: examples
examples: setup ## build the packages of Examples against a tag of this repository, as a user would, and run their tests
	SCRATCH=$(SCRATCH) JOBS=$(JOBS) Scripts/examples

.PHONY: docs
docs: setup ## build the libraries' documentation as a site: $(SCRATCH)/docs
	swift build $(SWIFTPM)
	SCRATCH=$(SCRATCH) Scripts/docs

.PHONY: check
check: lint tidy test ## all that must hold before a commit: format and lint rules, house rules, tests (changes no file)

.PHONY: format
format: ## rewrite the Swift files in the one format
	swift format --in-place --recursive --parallel $(SWIFT_TEXT)

.PHONY: lint
lint: ## are all Swift files in the one format and within the lint rules?
	swift format lint --strict --recursive --parallel $(SWIFT_TEXT)

.PHONY: tidy
tidy: ## floors, ceilings, banned calls, names, links (Scripts/tidy)
	@Scripts/bootstrap test
	Scripts/tidy

.PHONY: release
release: setup ## build the one static binary and look at its size and what it needs; prints its path
	JOBS=$(JOBS) Scripts/release $(SCRATCH)

.PHONY: soak
soak: build ## run busy tables for SOAK_MINUTES (10), alone and as three replicas, then as many runs as a day has seconds, and look for leaks and lost or doubled starts; and try real limits and pressure in a small machine (qemu)
	@Scripts/bootstrap test
	Scripts/small-machine $(CROND)
	Scripts/soak $(CROND)
	swift build $(SWIFTPM) --build-tests
	CROND_SOAK_SECONDS=$$(( 60 * $${SOAK_MINUTES:-10} )) \
	    swift test --scratch-path $(SCRATCH) --skip-build --disable-xctest --filter '^BlackBox\.BusyReplicaTests'
	CROND_SOAK_SEQUENCES=$${SOAK_SEQUENCES:-3000} \
	    swift test --scratch-path $(SCRATCH) --skip-build --disable-xctest --filter '^Integration\.RedisModelTests'
	CROND_SOAK_WORKER_RUNS=10000 swift test --scratch-path $(SCRATCH) --skip-build --disable-xctest --filter '^BlackBox\.WorkerTests'
	CROND_SOAK_BROKER_ROUNDS=10 swift test --scratch-path $(SCRATCH) --skip-build --disable-xctest --filter '^BlackBox\.BrokerKilledTests'
	CROND_SOAK_RUNS=86400 swift test --scratch-path $(SCRATCH) --skip-build --disable-xctest --filter '^BlackBox\.DayAtSpeedTests'

.PHONY: simulate
simulate: ## run SEEDS (1000) scenarios of several machines on one ledger, faults everywhere, from seed FIRST (1) on (release build)
	JOBS=$(JOBS) Scripts/build-release $(SCRATCH) simulate
	$(SCRATCH)/release/simulate $(SEEDS) $(FIRST)

.PHONY: bench
bench: ## take the figures of docs/benchmarks.md
	@[ -x Benchmarks/run ] || { echo "There is no Benchmarks/run here yet." >&2; exit 1; }
	Benchmarks/run

.PHONY: bench-engines
bench-engines: setup ## measure expressions beside other engines (a section of docs/benchmarks.md); about five minutes
	Benchmarks/engines/run

.PHONY: zones
zones: ## make the copy of the system's time zones that is inside the binary anew (after an update of tzdata)
	Scripts/make-zones

.PHONY: clean
clean: ## remove what was built and what `make run` left
	rm -rf $(SCRATCH) $(RUN)
