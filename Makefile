# Two commands matter: `make demo` shows the product, `make test` proves it. Everything installs itself.
UV_VERSION := 0.13.9
PYTHON ?= python3
UV := .tools/bin/uv
ARGS ?=
NEEDS ?= 1
# The machine's own certificates: behind a proxy that reads TLS, uv's built-in ones know nobody.
export UV_SYSTEM_CERTS ?= 1

.PHONY: demo demo-check test check format pictures bench install help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/.installed ## install into .venv from the committed lock

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends python3-venv </dev/null; } || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@rm -rf .tools && $(PYTHON) -m venv .tools && .tools/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: $(UV) pyproject.toml uv.lock
	@$(UV) sync --frozen --quiet --python $(PYTHON) && touch $@

demo: install ## the main job, with you in the browser
	@.venv/bin/python -m playground

demo-check: install ## the main job, headless, ending in one JSON line
	@.venv/bin/python -m playground --check

check: install ## format, lint, types, import rules, generated pages
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo >.import-linter.log || { cat .import-linter.log; exit 1; }
	@.venv/bin/python docs/source_map.py --check
	@.venv/bin/python -m bot.reference settings | diff -q - docs/settings.md >/dev/null || { echo "docs/settings.md is old; mend: make format"; exit 1; }
	@.venv/bin/python -m bot.reference commands | diff -q - docs/commands.md >/dev/null || { echo "docs/commands.md is old; mend: make format"; exit 1; }

format: install ## format, mend what can be mended, write the generated pages
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .
	@.venv/bin/python docs/source_map.py
	@.venv/bin/python -m bot.reference settings >docs/settings.md
	@.venv/bin/python -m bot.reference commands >docs/commands.md

test: ## install what is missing, check, then every test; ARGS="-k story" reaches pytest, NEEDS=0 leaves Debian alone
	@[ "$(NEEDS)" = 0 ] || sh tests/needs.sh
	@$(MAKE) --no-print-directory check
	@$(UV) sync --frozen --quiet --group browser --python $(PYTHON)
	@.venv/bin/pytest -n 4 --dist loadfile --inline-snapshot=disable $(ARGS)

pictures: install ## docs/pictures/*.png anew, from incidents that are played for it; ARGS="incident" plays one story
	@$(UV) sync --frozen --quiet --group browser --python $(PYTHON)
	@.venv/bin/python -m tests.pictures $(ARGS)

bench: install ## figures into docs/benchmarks.md and .json
	@.venv/bin/python -m bench $(ARGS)
