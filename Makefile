# The whole vocabulary of this house; `make help` explains it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
PATHS := edge hub shared firmware_profiles tests packaging
COMPILE := UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url
MAKEFLAGS += --no-print-directory

.PHONY: mutants proof storm help install demo demo-reset demo-time pictures test soak check bench lock format

help: ## this list
	@packaging/needs.sh >/dev/null || exit 1; \
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s%s\n", $$1, $$2}'

install: ## make .venv from the lock files and build the static files of the pages
	@python=$$(packaging/needs.sh) || exit 1; exec "$$python" packaging/install.py

demo: install ## a hub, a counter and two handhelds on this machine; Ctrl-C stops them (ARGS="--base-port N …")
	@exec $(BIN)/tillhouse demo $(ARGS)

demo-reset: install ## begin the demo anew: its stored sales are thrown away
	@exec $(BIN)/tillhouse demo --reset $(ARGS)

demo-time: install ## clone HEAD, start its demo, sell once, print the seconds
	@exec $(BIN)/python -m tests.support.demo_time

pictures: install chromium ## take the pictures of the pages anew, into docs/pictures (ARGS="drawer slips …" for some)
	@exec $(BIN)/python -m tests.browser.pictures $(ARGS)

test: install chromium ## every test, with real Postgres and a real browser (ARGS="tests/kernel …")
	@exec $(BIN)/python -m tests.support.shares $(ARGS)

soak: install ## bad input and stormy evenings, 10,000 of each (HOURS=… for short rounds until then, ARGS="tests/…")
	@TILLHOUSE_PROFILE=$(if $(HOURS),hours,soak) exec $(BIN)/python -m tests.support.soak $(or $(HOURS),0) $(ARGS)

mutants: install ## put planted faults into copies of the program and see whether the simulator finds each (ARGS="--only …")
	@exec $(BIN)/python -m tests.simulation.mutants $(ARGS)

proof: install ## play everything that proves the product, and write docs/proof.md (hours; ARGS=--short)
	@exec $(BIN)/python -m tests.simulation.proof $(ARGS)

storm: install ## real processes through a chaos proxy (ARGS="kill", "postgres", "returning" or "backlog")
	@exec $(BIN)/python -m tests.storm $(or $(ARGS),kill)

check: install ## style, types, import contracts, house rules
	@$(BIN)/ruff check $(PATHS)
	@$(BIN)/ruff format --check $(PATHS)
	@$(BIN)/mypy
	@$(BIN)/mypy packaging/install.py packaging/verifier/verify_journal.py
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest tests/architecture

bench: install ## the speed table, on the terminal and in build/bench
	@exec $(BIN)/python -m tests.benchmarks $(ARGS)

format: install ## let ruff put the code in order
	@$(BIN)/ruff check --fix $(PATHS)
	@$(BIN)/ruff format $(PATHS)

lock: install ## write both lock files anew from pyproject.toml (ARGS=--upgrade for newer packages)
	@$(COMPILE) $(ARGS) pyproject.toml --all-extras -o requirements.lock
	@echo uv | $(COMPILE) --custom-compile-command "make lock" --constraints requirements.lock -o requirements-bootstrap.lock -

.PHONY: chromium
chromium: install
	@exec $(BIN)/python -m tests.support.chromium
