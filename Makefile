# Two commands from a fresh checkout: `make demo` and `make test`.
# Needs make and Python 3.11 or newer; PYTHON=... names one.

VENV := .venv
BIN := $(VENV)/bin
PYTHONS := python3.13 python3.12 python3.11 python3
WORKERS ?= 2
# To play a model that ships, the demo needs torch.
MODELS := $(wildcard models/*/config.json)
EXTRAS := live
ifneq ($(MODELS),)
EXTRAS := live,models
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint clean

help:
	@echo "make demo   play some episodes and show them"
	@echo "make test   run all tests"
	@echo "make lint   check style and types"
	@echo "make clean  remove the virtual environment and what was built"

demo: $(VENV)/.browser
	$(BIN)/webagent demo

test: $(VENV)/.dev $(VENV)/.browser
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis

# Each file below .venv stamps a step that is done.

# Debian keeps ensurepip, which makes environments, in a package of its own.
define CREATE
set -eu
suits='import sys; sys.exit(sys.version_info < (3, 11))'
complete='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
found= lacking=
for python in $(or $(PYTHON),$(PYTHONS)); do
  if $$python -c "$$complete" 2>/dev/null; then found=$$python; break; fi
  if [ -z "$$lacking" ] && $$python -c "$$suits" 2>/dev/null; then lacking=$$python; fi
done
if [ -z "$$found$$lacking" ]; then
  echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3"
  exit 1
fi
if [ -z "$$found" ]; then
  found=$$lacking
  package=$$($$found -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "$$found cannot make virtual environments. Install its venv module, on Debian with"
    echo "  sudo apt-get install $$package"
    exit 1
  fi
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y $$package
fi
$$found -m venv --clear $(VENV)
endef
export CREATE

$(VENV)/.python:
	@sh -c "$$CREATE"
	@touch $@

$(VENV)/.live: $(VENV)/.python pyproject.toml constraints.txt $(MODELS)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[$(EXTRAS)]"
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(VENV)/.live

$(VENV)/.browser: $(VENV)/.live
	$(BIN)/webagent browser install
	@touch $@
