# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
WORKERS ?= 2

.PHONY: demo test lint format clean

demo: $(VENV)/.installed
	$(BIN)/stellarwh demo
	@command -v stellarwh >/dev/null || echo "To type 'stellarwh' and 'duckdb': source $(BIN)/activate"

# The slow ones, which every run has in a bounded form: make test PYTEST="-m slow"
test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST)

lint: $(VENV)/.installed-lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --processes 2 sql
	$(BIN)/mypy

format: $(VENV)/.installed-lint
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'stellarwh needs Python 3.11 or newer; name one with: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[shell]'
	touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[test,docs]'
	touch $@ $(VENV)/.installed $(VENV)/.installed-docs

$(VENV)/.installed-lint: $(VENV)/.installed-test
	$(PIP) install --constraint constraints.txt --editable '.[test,docs,lint]'
	touch $@

# Speed and memory against the peers, as ratios in one run; see docs/explanation/benchmarks.md.
.PHONY: bench-ingest
bench-ingest: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/ingest.py --sizes 1,4,10

.PHONY: bench-match
bench-match: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/match.py

.PHONY: bench-adql
bench-adql: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/adql.py

# The full size: .venv/bin/python benchmarks/match_files.py --rows 500
.PHONY: bench-match-files
bench-match-files: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/match_files.py

.PHONY: bench-learn
bench-learn: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/learn.py

# All of it at the size of whole releases: about half an hour, 16 GB of disk. A tenth:
# make bench-scale SCALE="--fraction 0.1"; --folder and --only go on from an earlier run.
.PHONY: bench-scale
bench-scale: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/scale.py $(SCALE)

# The scale of main.parameters against the truth of simulated skies.
.PHONY: bench-one-scale
bench-one-scale: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/one_scale.py

.PHONY: bench-export
bench-export: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/export.py

# make bench-hats HATS="--rows 1 10 100": millions of rows.
.PHONY: bench-hats
bench-hats: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/hats.py $(HATS)

.PHONY: bench-serve
bench-serve: $(VENV)/.installed-bench $(VENV)/.installed-test
	$(BIN)/python benchmarks/serve.py

.PHONY: bench-spectra
bench-spectra: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/spectra.py

# make bench-report REPORT="--warehouse FILE": what the report of a warehouse takes, too.
.PHONY: bench-report
bench-report: $(VENV)/.installed-bench $(VENV)/.installed-test js/node_modules/.package-lock.json
	$(BIN)/python benchmarks/report.py $(REPORT)

$(VENV)/.installed-bench: $(VENV)/.installed
	$(PIP) install --constraint constraints.txt --editable '.[bench]'
	touch $@

clean:
	rm -rf $(VENV) build dist docs/_build docs/reference/generated .pytest_cache .mypy_cache .ruff_cache

# The site: docs/_build/html/index.html. A warning is an error; nothing is fetched.
.PHONY: docs
docs: pages $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -W --keep-going -n -q -j auto -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

# What is generated from the code and the SQL and stands in the repository.
.PHONY: pages
pages: $(VENV)/.installed
	$(BIN)/python -m stellarwh.spectra.star_indices
	$(BIN)/python -m stellarwh.warehouse.lineage

$(VENV)/.installed-docs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[docs]'
	touch $@ $(VENV)/.installed

# The script that stands in every page of a report; see js/README.md.
.PHONY: js
js: js/node_modules/.package-lock.json
	cd js && node build.js

js/node_modules/.package-lock.json: js/package-lock.json
	cd js && npm ci --ignore-scripts

# Faults put into files one at a time, and which of them no test notices:
# make mutate FILES="sql/staging/galah.sql stellarwh/learning/uncertainty/conformal.py"
# make mutate FILES="sql/marts/*.sql --cases --most 8" (by the cases of SQL alone: quick)
.PHONY: mutate
mutate: $(VENV)/.installed-test
	$(BIN)/python -m tests.mutation $(FILES)
