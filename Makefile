# `make demo` and `make test` are all a new user needs; both begin with `make install`.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.14 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PHOTOS ?=
DATA ?=
QUICK ?=
EXIT ?=
ARGS ?=

.PHONY: help install demo test lint unit docs fixtures train-odometer clean

help:            ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

install: $(STAMP) ## make .venv with `capture` in it

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV); once, about a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev]'
	@touch $@

demo: install    ## start everything, send the fixtures as a phone would; PHOTOS=dir, EXIT=1
	$(BIN)/capture demo $(if $(PHOTOS),--photos '$(PHOTOS)') $(if $(EXIT),--exit) $(ARGS)

test: install    ## all tests, with lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(ARGS)

lint: install    ## ruff, mypy and import contracts alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: install    ## the tests that need no service
	$(BIN)/pytest tests/unit tests/architecture $(ARGS)

docs: install    ## write docs/reference again from the code
	$(BIN)/python -m docs.generate

train-odometer: install ## train the odometer reader: DATA=folder of labelled photos, QUICK=1 for ten minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[training]'
	$(BIN)/python -m training.odometer --data '$(DATA)' $(if $(QUICK),--quick) $(ARGS)

fixtures: install ## make fixtures/images and its labels again
	$(BIN)/python -m fixtures.generate

clean:           ## remove what can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache build *.egg-info
