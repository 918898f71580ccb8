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

.PHONY: install demo test unit check fmt lint types imports docs pages clean bench-admission bench-recogniser bench-duplicates bench-simulator bench-growth bench-recorded bench-estimators bench-search bench-framing bench-speed bench-systems bench-readers bench-cascade bench-calibration bench-attacks bench-languages bench-kinds bench-probe bench-exports bench-export-speed

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

bench-admission: install
	$(BIN)/python -m cruxbank.bench.admission

bench-recogniser: install
	$(BIN)/python -m cruxbank.bench.recogniser evaluate --data $(SHARED)/data/touche23_valueeval

bench-duplicates: install
	$(BIN)/python -m cruxbank.bench.duplicates --data $(SHARED)/data/valueconsistency

bench-simulator: install
	$(BIN)/python -m cruxbank.bench.simulator --data $(SHARED)/data

bench-growth: install
	$(BIN)/python -m cruxbank.bench.growth --workers 2 --cache growth.json

bench-recorded: install
	$(BIN)/python -m cruxbank.bench.recorded --data $(SHARED)/data

bench-estimators: install
	$(BIN)/python -m cruxbank.bench.estimators

bench-search: install
	$(BIN)/python -m cruxbank.bench.search

bench-framing: install
	$(BIN)/python -m cruxbank.bench.framing --issues $(SHARED)/data/issuebench_issues/issues.csv

bench-speed: install
	$(BIN)/python -m cruxbank.bench.speed

clean:
	rm -rf demo build dist *.egg-info .coverage* coverage.xml

bench-systems: install
	$(BIN)/python -m cruxbank.bench.systems

bench-readers: install
	$(BIN)/python -m cruxbank.bench.readers --data $(SHARED)/data/touche23_valueeval

bench-cascade: install
	$(BIN)/python -m cruxbank.bench.cascade --data $(SHARED)/data/touche23_valueeval

bench-calibration: install
	$(BIN)/python -m cruxbank.bench.calibration --data $(SHARED)/data/touche23_valueeval

bench-attacks: install
	$(BIN)/python -m cruxbank.bench.attacks --data $(SHARED)/data

bench-languages: install
	$(BIN)/python -m cruxbank.bench.languages

bench-kinds: install
	$(BIN)/python -m cruxbank.bench.kinds

bench-exports: install
	$(BIN)/python -m cruxbank.bench.exports

bench-export-speed: install
	$(BIN)/python -m cruxbank.bench.export_speed

bench-probe: install
	$(BIN)/python -m cruxbank.bench.probe
