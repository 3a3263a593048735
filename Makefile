# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Both need Python 3.11 or later and a package index, and set up their own environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench

.PHONY: demo test lint bench spark browser docs reference accelerator clean

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "schemagen needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# PySpark is large: only who wants its tests installs it.
$(VENV)/spark: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[spark]'
	@touch $@

spark: $(VENV)/spark

$(VENV)/browser: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[browser]'
	@touch $@

browser: $(VENV)/browser

demo: $(VENV)/ready
	@$(BIN)/schemagen demo

test: $(VENV)/ready
	$(BIN)/pytest --numprocesses auto --dist loadfile

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/docs: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

reference: $(VENV)/ready
	$(BIN)/python docs/make_reference.py

# The jar of the accelerator: the same sources give the same bytes. A wheel that is built behind
# this brings it.
accelerator:
	mvn --quiet --batch-mode --file accelerator/pom.xml clean verify
	cp accelerator/target/schemagen-accelerator-*.jar schemagen/accelerator/

# What is measured is what users install: an ordinary install, which is compiled where it can be.
bench:
	@echo "Setting up $(BENCH) ..."
	@test -d $(BENCH) || $(PYTHON) -m venv $(BENCH)
	@rm -rf build
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check '.[bench]'
	$(BENCH)/bin/python benchmarks/run.py

clean:
	rm -rf $(VENV) $(BENCH) .kafka .schemas build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-out
