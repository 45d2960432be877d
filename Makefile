# One command each; every target sets up what it needs: a virtual environment with the versions of constraints.txt.
#
# TORCH_INDEX: where to take torch from. PyPI's Linux build brings CUDA; for the small CPU build on such a machine:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu

PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2

# how many browsers, each with a server of its own, try the editor at once
E2E_WORKERS ?= 2

# what needs Node.js fails without it in continuous integration; on a person's machine it is left out, loudly
HAVE_NPM := command -v npm >/dev/null 2>&1
NO_NPM = { echo "NO NODE.JS: left out: $@ (install Node.js 20.19 or newer, with npm)" >&2; test -z "$$CI"; }

.PHONY: run serve test check check-python check-web unit e2e web soak bench pictures screenshots setup clean

run: $(READY)
	@$(BIN)/loom run workflows/text_to_image.json

serve: $(READY)
	@if $(HAVE_NPM); then $(BIN)/python build_web.py; else echo "no npm: the editor is not built" >&2; fi
	$(BIN)/loom serve

web: $(READY)
	@$(BIN)/python build_web.py

test: check
	@if $(HAVE_NPM); then $(BIN)/python build_web.py; else $(NO_NPM); fi
	$(MAKE) unit
	$(MAKE) e2e

check: check-python check-web

check-python: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m server.openapi web/openapi.json --check

check-web: $(READY)
	@if $(HAVE_NPM); then $(BIN)/python build_web.py --install && cd web && npm run --silent check; else $(NO_NPM); fi

unit: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

e2e: $(READY)
	@if $(HAVE_NPM); then $(BIN)/python build_web.py && cd web && LOOM_E2E_WORKERS=$(E2E_WORKERS) npm run --silent e2e; \
	else $(NO_NPM); fi

soak: $(READY)
	LOOM_SOAK=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

bench: $(READY)
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

pictures: $(READY)
	$(BIN)/python docs/make_pictures.py

screenshots: $(READY)
	$(BIN)/python build_web.py && (cd web && npm run --silent screenshots) && $(BIN)/python web/scripts/quantize.py

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache server/static web/node_modules web/test-results
