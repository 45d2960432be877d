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

.PHONY: run serve test check unit soak bench pictures setup clean

run: $(READY)
	@$(BIN)/loom run workflows/text_to_image.json

serve: $(READY)
	$(BIN)/loom serve

test: check unit

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

soak: $(READY)
	LOOM_SOAK=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

bench: $(READY)
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

pictures: $(READY)
	$(BIN)/python docs/make_pictures.py

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
