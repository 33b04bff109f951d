# Two commands: `make demo` shows the system at work, `make test` proves it. Everything they make is under .runtime/.

PYTHON ?= python3
TOOLS = $(PYTHON) -m devtools
LOCK = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links

.PHONY: help demo test test-fast bench lint setup lock clean

help:
	@echo "make demo            from a charger's plug-out to a posted document, then stay up (ONCE=1: exit when done, RESET=1: start over)"
	@echo "make test            lint and every test"
	@echo "make test-fast       what needs no Odoo"
	@echo "make bench           measure; writes .runtime/bench/report.json"
	@echo "make lint | setup | lock | clean"

demo:
	@$(TOOLS) demo $(if $(ONCE),--once) $(if $(RESET),--reset)

test:
	@$(TOOLS) test

test-fast:
	@$(TOOLS) test --fast

bench:
	@$(TOOLS) bench

lint:
	@$(TOOLS) lint

setup:
	@$(TOOLS) setup

# Renews requirements/lock.txt from the .in files (needs uv).
lock:
	uv pip compile requirements/dev.in $(LOCK) --upgrade -o requirements/lock.txt
	uv pip compile requirements/bridge.in $(LOCK) -o requirements/bridge-lock.txt
	uv pip compile requirements/addons.in $(LOCK) --no-deps -o requirements/addons-lock.txt
	uv pip compile requirements/schemas.in $(LOCK) --no-deps -o requirements/schemas-lock.txt
	uv pip compile requirements/oca.in $(LOCK) --no-deps -o requirements/oca-lock.txt
	uv pip compile requirements/oca-dev.in $(LOCK) --no-deps -o requirements/oca-dev-lock.txt

clean:
	rm -rf .runtime
