.POSIX:
# Everything runs in a virtual environment of its own, made at first use and again when pyproject.toml or the Python changes.
PYTHON ?= python3
VENV ?= .venv
ARTICLES ?= 10000
BIN = $(VENV)/bin

.PHONY: help demo test check slow quality bench bench-run lock lock-run audit audit-run clean chromium compiler proxy
.PHONY: venv-run venv-test venv-bench venv-lock

help:
	@echo "make demo     load the demo archive and serve the page (SERVE=no: print a few searches and end)"
	@echo "make test     install what the tests need and run everything, in 5 to 10 minutes on 2 cores"
	@echo "make check    format, lint, types and import rules only"
	@echo "make slow     the long tests: soak, kills, fuzzing"
	@echo "make quality  floors of the ranking on judged queries, which are looked for in ../shared/data"
	@echo "make bench    speed beside other engines (docs/performance.md); ARTICLES=100000 for more than 10,000 articles"
	@echo "make lock     write requirements.lock anew: the newest releases that pyproject.toml allows, with their hashes"
	@echo "make audit    look for known holes in the releases of requirements.lock (needs the Internet)"
	@echo "make clean    remove the virtual environment, the caches and the demo archive"
	@echo "Another Python (3.11 or later): make test PYTHON=python3.12"

demo: venv-run
	@$(BIN)/emeroteca --data demo-data demo

test: check chromium compiler proxy
	$(BIN)/python -m pytest --numprocesses auto

check: venv-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

slow: venv-test chromium compiler
	$(BIN)/python -m pytest -m slow

quality: venv-test
	$(BIN)/python -m pytest -m quality

# An environment of its own: the one for tests has no other engines, and need not be made anew for them.
bench:
	@$(MAKE) VENV='$(VENV)-bench' bench-run

bench-run: venv-bench
	mkdir -p test-artifacts
	$(BIN)/python -m benchmarks.bench_pages --articles $(ARTICLES) --json test-artifacts/pages-$(ARTICLES).json
	$(BIN)/python -m benchmarks.bench_server --articles $(ARTICLES) --json test-artifacts/server-$(ARTICLES).json

# An environment of its own, as the one for benchmarks.
lock audit:
	@$(MAKE) VENV='$(VENV)-lock' $@-run

lock-run: venv-lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		--custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml

audit-run: venv-lock
	@$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict --progress-spinner off || { \
		echo "The audit did not pass: a release above has a known hole, or the list of holes, which is on the Internet, could not be asked." >&2; \
		exit 1; \
	}

clean:
	rm -rf $(VENV) $(VENV)-bench $(VENV)-lock demo-data test-artifacts dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv-run:
	@extra='[evaluate]'; $(MAKE_VENV)

venv-test:
	@extra='[test]'; $(MAKE_VENV)

venv-bench:
	@extra='[bench]'; $(MAKE_VENV)

venv-lock:
	@extra='[lock]'; $(MAKE_VENV)

# The stamp holds what the environment was made from. An environment that has the test tools serves the demo as well.
MAKE_VENV = set -eu; \
	version_of() { "$$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || :; }; \
	is_enough() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	python='$(PYTHON)'; found=$$(version_of "$$python"); \
	if [ "$$python" = python3 ] && ! is_enough python3; then \
		for other in python3.14 python3.13 python3.12 python3.11; do \
			if is_enough "$$other"; then python=$$other; found=$$(version_of "$$other"); break; fi; \
		done; \
	fi; \
	if ! is_enough "$$python"; then \
		echo "Emeroteca needs Python 3.11 or later, but $$python is $${found:-not there}; name another one, for example: make demo PYTHON=python3.12" >&2; \
		exit 1; \
	fi; \
	want="$$found $$(cksum < pyproject.toml)"; stamp='$(VENV)/made-from'; \
	have=$$(cat "$$stamp" 2>/dev/null || :); \
	if [ "$$have" = "$$want [test]" ] || [ "$$have" = "$$want $${extra=}" ]; then exit 0; fi; \
	echo "Making $(VENV) with Python $$found (a few minutes the first time)..."; \
	"$$python" -m venv --clear '$(VENV)'; \
	'$(BIN)/python' -m pip install --quiet --disable-pip-version-check --editable ".$$extra"; \
	echo "$$want $$extra" > "$$stamp"

chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		if command -v "$$name" >/dev/null 2>&1; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the page tests..."; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null && exit 0; \
	fi; \
	echo "Chromium is not installed, so the tests in a browser cannot run; install it, for example with: sudo apt-get install chromium" >&2; \
	test -z "$${CI:-}"

compiler:
	@if command -v cc >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing a C compiler for the tests with kills..."; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev; } >/dev/null && exit 0; \
	fi; \
	echo "There is no C compiler (cc), so the tests with kills and refusals cannot run; install one, for example with: sudo apt-get install gcc libc6-dev" >&2; \
	test -z "$${CI:-}"

# Not where systemd is: it would begin to serve a page of nginx at once.
proxy:
	@found=yes; \
	for name in nginx openssl; do \
		PATH="$$PATH:/usr/sbin" command -v "$$name" >/dev/null 2>&1 || found=no; \
	done; \
	if [ $$found = yes ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ] && [ ! -d /run/systemd/system ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing nginx to check its example..."; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light openssl; } >/dev/null && exit 0; \
	fi; \
	echo "nginx or openssl is not installed, so the example of a proxy cannot be checked; install them, for example with: sudo apt-get install nginx-light openssl" >&2; \
	test -z "$${CI:-}"
