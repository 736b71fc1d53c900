# ElixirScope. `make demo` and `make test` also install what is missing (Debian, as root); elsewhere they say what is.

# A Node that scripts/setup.sh had to install lies there.
export PATH := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/elixirscope/node/bin:$(PATH)

.PHONY: help demo test build check clean distclean setup

help:
	@echo 'make demo          record the example shop and open the recording (OPEN=0: do not open it)'
	@echo 'make test          everything: checks, unit, probe, integration and browser tests'
	@echo 'make build         build the command, the browser view and the probe'
	@echo 'make check         types, lint, formatting'
	@echo 'make clean         remove what was built; distclean: and what was installed for it'

OPEN ?= 1
OUT ?=
SECONDS_OF_LOAD ?= 5

demo: build
	@OPEN='$(OPEN)' OUT='$(OUT)' SECONDS_OF_LOAD='$(SECONDS_OF_LOAD)' node scripts/demo.mjs

test:
	@sh scripts/setup.sh test
	@node scripts/test.mjs

setup:
	@sh scripts/setup.sh demo

build: setup
	@node scripts/build.mjs

check: setup
	@npm run --silent check

clean:
	rm -rf dist artifacts examples/*/_build
	@if [ -f probe/Makefile ]; then $(MAKE) -s -C probe clean; fi

distclean: clean
	rm -rf node_modules
