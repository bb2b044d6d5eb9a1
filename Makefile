# Every target is a line or two that calls the project's own command or a standard tool.
PYTHON ?= python3
PORT ?= 3000
DOSSIERS ?= 1000000
REPEATS ?= 3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-strip-extras --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev refresh test test-slow coverage lint types ui sample bench lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## make the virtual environment from the lock file

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup-dev: .venv/ready-dev ## the same, with what tests and checks need

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

refresh: setup ## ingest, build, check and publish what was delivered (the shipped sample if nothing was)
	@$(BIN)/dunghen deliver-sample --if-empty
	@$(BIN)/dunghen refresh

ui: setup ## open the Dagster UI with its daemon on 127.0.0.1 (PORT=3000)
	@$(BIN)/dunghen ui --port $(PORT)

test: setup-dev lint types ## lint, types and all tests
	$(BIN)/pytest -n 2 --dist loadfile

test-slow: setup-dev ## whole refreshes and nights of single parts compared with each other (ten minutes)
	$(BIN)/pytest -m slow

coverage: setup-dev ## all tests with the lines they reach, a quarter slower
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term

lint: setup-dev ## ruff and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint dbt_project

types: setup-dev ## mypy in strict mode
	$(BIN)/mypy

sample: setup ## make the shipped Nghệ An sample again
	$(BIN)/dunghen generate --out data/sample

bench: setup ## whole builds and nights of DOSSIERS=1000000 (or several sizes, with commas) against the floor, REPEATS=3 times
	$(BIN)/python -m tests.bench.build $(DOSSIERS) $(REPEATS)

lock: setup-dev ## write the lock files again (names, versions and hashes only)
	$(COMPILE) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

clean: ## remove what can be made again; delivered files and the pseudonym key stay
	rm -rf data/lake data/warehouse data/published data/dagster
