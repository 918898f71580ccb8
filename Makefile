# `make demo` and `make test` set up everything they need on a fresh clone with Python 3.11+ and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export HF_HUB_OFFLINE = 1
export TOKENIZERS_PARALLELISM = false
export ANONYMIZED_TELEMETRY = False
SHARED ?= ../shared
WORKERS ?= 2
BENCHES := $(addprefix bench-,admission attacks calibration cascade duplicates estimators export-speed exports framing growth kinds kinds-duplicates \
	languages probe probe-log probe-order probe-text readers recogniser recorded search simulator speed systems)

.PHONY: install demo test unit check fmt lint types imports docs pages clean $(BENCHES)

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

demo: install
	$(BIN)/crux init --preset simulated --force --out demo/crux.yaml
	$(BIN)/crux grow --config demo/crux.yaml
	$(BIN)/crux bank stats --config demo/crux.yaml
	$(BIN)/crux export --config demo/crux.yaml --to jsonl --out demo/export --force

test: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term --cov-report=xml tests

unit: install
	$(BIN)/python -m pytest -q tests/unit

check: lint types imports docs

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install
	$(BIN)/mypy

imports: install
	$(BIN)/lint-imports

docs: install
	$(BIN)/python -m pytest -q -m "not slow" tests/hygiene

pages: install
	$(BIN)/python -m cruxbank.config.reference
	$(BIN)/python -m cruxbank.cli.reference
	$(BIN)/python -m cruxbank.graphs.picture
	$(BIN)/python -m cruxbank.graphs.picture README.md

# make bench-NAME is python -m cruxbank.bench.NAME with what it needs to be told
bench-attacks bench-recorded bench-simulator: ARGS = --data $(SHARED)/data
bench-calibration bench-cascade bench-readers: ARGS = --data $(SHARED)/data/touche23_valueeval
bench-recogniser: ARGS = evaluate --data $(SHARED)/data/touche23_valueeval
bench-duplicates: ARGS = --data $(SHARED)/data/valueconsistency
bench-framing: ARGS = --issues $(SHARED)/data/issuebench_issues/issues.csv
bench-growth: ARGS = --workers 2 --cache growth.json

$(BENCHES): install
	$(BIN)/python -m cruxbank.bench.$(subst -,_,$(@:bench-%=%)) $(ARGS)

clean:
	rm -rf demo build dist *.egg-info .coverage* coverage.xml
