# `make help` lists what there is. Only python3 and make need to be on the machine: the rest comes from requirements.lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo demo-amazon test check fmt lock bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# An environment that is there already, with or without its stamp, is brought up to the lock.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## one night of a made-up seller, from files to feeds and a page, in out/demo
	@rm -rf out/demo
	@$(BIN)/feedwarden run fixtures/runs/demo/input --no-ledger --as-of 2026-03-10T07:00:00Z --out out/demo \
		|| { status=$$?; test $$status -eq 1 || exit $$status; } # 1: some rows were refused, as they should be
	@echo "  Open out/demo/report.html in a browser."

demo-amazon: $(STAMP) ## three nights without a person against a made-up Amazon, in out/demo-amazon
	@$(BIN)/python -m tests.amazon.demo

test: $(STAMP) ## the whole suite; SLOW=1 for the long laws too, ARGS= for pytest's own options
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --durations=20 --durations-min=0.5 $(if $(SLOW),--slow) $(ARGS)

check: $(STAMP) ## format, lint, types, layers, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pipeline.rules.docs --check

fmt: $(STAMP) ## format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## write requirements.lock anew from pyproject.toml; ARGS=--upgrade for newer versions
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" $(ARGS) --output-file requirements.lock pyproject.toml

bench: $(STAMP) ## measure speed and memory on this machine, beside others
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean: ## remove the environment, caches and everything built
	rm -rf $(VENV) out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find pipeline schemas tests -name __pycache__ -type d -prune -exec rm -rf {} +
