# Two commands matter: `make run` and `make test`. Both set everything up first; `make help` lists the rest.

PYTHON ?= /usr/bin/python3
SYSTEM_GROUPS := base offscreen x11 wayland
BIN := .venv/bin
STAMP := .venv/.set-up

# An interpreter of somebody else's (pyenv, conda, another virtual environment) must not leak into ours.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
export PYTHONSAFEPATH := 1

# A checkout that moved, or a Python that was upgraded away, needs its environment anew.
ifneq ($(shell $(BIN)/python -I -c 'print(open("$(STAMP)").read())' 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

.PHONY: help run test quick setup system system-test check bench pictures fresh format lock upgrade clean
.NOTPARALLEL:

help:
	@echo "make run      set up, then open the console on a scanned demo account (no display: summary and PDF)"
	@echo "make test     set up, then lint, types, import contracts and every test"
	@echo "make setup    set up only; the program is then $(BIN)/vedette"
	@echo "make quick    lint, types, contracts and the tests not marked slow"
	@echo "make bench    the measurements of tests/benchmarks"
	@echo "make pictures every page of the console as a picture, dark and light, into pictures/"
	@echo "make fresh    both commands in a bare Debian built for the purpose (root only)"
	@echo "make format   format the code and mend what ruff can"
	@echo "make lock     write requirements.lock from pyproject.toml (make upgrade: with the newest releases)"
	@echo "make clean    remove the environment and all caches"

run: setup
	$(BIN)/vedette demo

test: system-test setup check
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not fresh and not bench" $(ARGS)

quick: system-test setup check
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow and not fresh and not bench" $(ARGS)

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	PYTHONPATH=. $(BIN)/python -P -m tests.benchmarks.run_all

pictures: setup
	$(BIN)/python -P tests/gui/pictures.py pictures

fresh: setup
	.ci/system-packages fresh
	$(BIN)/pytest -m fresh tests/setup $(ARGS)

format: setup
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

setup: system $(STAMP)

system:
	@.ci/system-packages $(SYSTEM_GROUPS)

system-test:
	@.ci/system-packages $(SYSTEM_GROUPS) test

# uv's own line of the lock, hashes and all, is what pip may install; uv then installs the rest.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -I -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3")'
	@[ "$$(cat $(STAMP) 2>/dev/null)" = '$(CURDIR)' ] && $(BIN)/uv --version >/dev/null 2>&1 && $(BIN)/python -I -c "" || { \
	  echo "Making .venv"; $(PYTHON) -I -m venv --clear .venv && sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >.venv/uv.txt \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt; }
	@rm -f $(STAMP)
	@echo "Installing the Python packages of requirements.lock"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@printf '%s' '$(CURDIR)' >$(STAMP)

LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file requirements.lock

lock: setup
	$(LOCK)

upgrade: setup
	$(LOCK) --upgrade

clean:
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find backend gui tests -name __pycache__ -prune -exec rm -rf {} +
