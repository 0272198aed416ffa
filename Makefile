# Every way in. `make` alone lists them. Nothing here is done twice: stamps remember what stands.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# pip must not ask an index for versions newer than the lock, nor for anything without its hash.
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Hundreds of processes are started, each of the same sources: they are compiled once, whatever the
# caller's environment says.
unexport PYTHONDONTWRITEBYTECODE

IN_PROCESS := not browser and not server and not long
# What of the suite also runs on PostgreSQL each time; all of it in test-long.
ON_POSTGRES := tests/contracts tests/journeys voxpop/threads voxpop/limits voxpop/events
SLOW := (broad or server or browser) and not long
# Tests that mostly wait run three at a time, also on two cores: one file, or all that stand on one process, in one worker.
TOGETHER := -n 3 --dist loadgroup --no-loadscope-reorder

.PHONY: help setup run check tools types format ladder fast test test-long bench lock clean packages packages-for-measuring

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: .venv/.run ## .venv from the lock file, with the voxpop command in it

run: setup ## the product and the demo magazine beside it, on http://localhost:8000 (PORT= moves them)
	@exec $(BIN)/python -m demo --port $(PORT)

check: tools ## format, lint, types, import ladder, fast tests (under a minute)
	@# Side by side: the tests wait as often as they work.
	@$(MAKE) --no-print-directory --jobs 3 format types ladder fast

tools:
	@# Two networks' worth of waiting, side by side.
	@$(MAKE) --no-print-directory --jobs 2 .venv/.dev node_modules/.made

format:
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types:
	$(BIN)/mypy
	node_modules/.bin/tsc --project tsconfig.json

ladder:
	$(BIN)/lint-imports --cache-dir .import_linter_cache

fast:
	$(BIN)/pytest -n auto -p no:schemathesis -m "$(IN_PROCESS) and not broad"

test: packages check ## everything that must always hold, also real browsers and server processes
	$(BIN)/pytest $(TOGETHER) -m "$(SLOW) and not alone"
	$(BIN)/pytest -m "$(SLOW) and alone"
	VOXPOP_TEST_DATABASE=postgres $(BIN)/pytest -n auto $(ON_POSTGRES) -m "$(IN_PROCESS)"

test-long: test ## what is slow besides
	$(BIN)/pytest $(TOGETHER) -m "long and not alone"
	$(BIN)/pytest -m "long and alone"
	VOXPOP_TEST_EXAMPLES=search $(BIN)/pytest -n auto -m "$(IN_PROCESS)"
	VOXPOP_TEST_DATABASE=postgres $(BIN)/pytest -n auto -m "$(IN_PROCESS)"
	VOXPOP_TEST_DATABASE=postgres $(BIN)/pytest $(TOGETHER) -m "(server or browser) and not long and not alone"

bench: setup packages-for-measuring ## all benchmarks at their small size
	@ops/bench-all $(BIN)/voxpop

lock: .venv/.dev ## new lock files from requirements/*.in and package.json
	for name in run dev; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url requirements/$$name.in -o requirements/$$name.lock; done
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

packages:
	@ops/packages chromium firefox-esr WebKitWebDriver Xvfb certutil varnishd vmod-xkey vmod-digest haproxy openssl curl faketime \
	  systemd-analyze postgres redis-server memcached java mvn php ruby

packages-for-measuring:
	@ops/packages varnishd vmod-xkey vmod-digest haproxy openssl wrk h2load postgres memcached

clean: ## forget what was installed and built; data/ stays
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
	  build test-results voxpop.egg-info

.venv/.made:
	@ops/venv $(PYTHON)
	@touch $@

.venv/.run: requirements/run.lock pyproject.toml | .venv/.made
	$(PIP) install --require-hashes --requirement requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.lock .venv/.run
	@# Most of it is never imported; what is, is compiled then.
	$(PIP) install --no-compile --require-hashes --requirement requirements/dev.lock
	@touch $@

node_modules/.made: package-lock.json
	@ops/packages node npm
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
