# make demo    try the library without any server (or: make demo URL=ldap://127.0.0.1:389)
# make test    install what the tests need and run all of them, real servers included
# make lint    style, types and the arrows between the rooms
# make docs    build the documentation into site/
# make bench   run the benchmarks
# make clean   remove the environment and everything that was built

# The first Python from 3.11 on that can make a virtual environment; `make PYTHON=...` decides otherwise.
PYTHON ?= $(shell for candidate in python3.13 python3.12 python3.11 python3; do \
	if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then command -v "$$candidate"; break; fi; done)

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# How many test processes; the servers' fixtures give each of them instances of its own.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench clean packages
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \(make .*\)/\1/p' $(firstword $(MAKEFILE_LIST))

$(PY):
	@test -n "$(PYTHON)" || { \
		echo "No Python 3.11 or later with its venv module was found." >&2; \
		echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv)," >&2; \
		echo "or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is no Python 3.11 or later." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV)

# One environment, filled as far as the goal needs it. A changed pyproject.toml fills it again.
$(VENV)/.library: pyproject.toml | $(PY)
	@echo "Installing ldapconnector into $(VENV) ..."
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(PY)
	@echo "Installing ldapconnector and its development tools into $(VENV) ..."
	@$(PIP) install --editable '.[dev,certificates,docs]'
	@touch $@ $(VENV)/.library

# These need a C compiler and headers; the tests that need them skip without.
$(VENV)/.compiled: pyproject.toml | $(VENV)/.dev
	@for extra in kerberos oracle; do \
		$(PIP) install --editable ".[$$extra]" >$(VENV)/$$extra.log 2>&1 || \
		echo "The extra '$$extra' cannot be installed here ($(VENV)/$$extra.log); its tests will skip."; done
	@touch $@

$(VENV)/.benchmarks: pyproject.toml | $(VENV)/.dev
	@$(PIP) install --editable '.[benchmarks]'
	@touch $@

demo: $(VENV)/.library
	@$(PY) docs/examples/linux_users.py $(if $(URL),'$(URL)')

packages:
	@sh tests/servers/install-packages.sh

test: packages $(VENV)/.dev $(VENV)/.compiled
	$(PY) -m pytest --numprocesses=$(JOBS) --dist=loadgroup $(ARGS)

lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

bench: packages $(VENV)/.benchmarks
	@for script in benchmarks/[!_]*.py; do \
		echo "== $$script"; $(PY) "$$script" || exit 1; done

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find $(wildcard src tests docs benchmarks) -name __pycache__ -type d -prune -exec rm -rf {} +
