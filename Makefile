# Every target makes its own .venv from python3 (3.11 or later), with requirements.lock as constraints,
# and reuses it until pyproject.toml or the lock changes.
PYTHON ?= python3
BIN := .venv/bin
CORE := .venv/.core
STAMP := .venv/.installed

.PHONY: demo test search kernel check bare bench soak
.DEFAULT_GOAL := test

# the core alone: what the demo needs, without torch and the tools of development
$(CORE): pyproject.toml requirements.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Mindshare needs Python 3.11 or later; set PYTHON=...')"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

$(STAMP): $(CORE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

# the main job on digits; then the same live, with pictures of its pages where this system has a browser
demo: $(CORE)
	$(BIN)/mindshare demo
	$(BIN)/mindshare serve --demo --port 0 --pictures out

test: $(STAMP)
	$(BIN)/python -m pytest -q -n 2

# the tests again with examples that no run has tried yet
search: $(STAMP)
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile=search

# the core's tests under another kernel of the linear algebra: make KERNEL=Zen kernel; or Haswell, SkylakeX, Prescott
KERNEL ?= $(shell grep -qs avx2 /proc/cpuinfo && echo Haswell || echo Prescott)
kernel: $(STAMP)
	OPENBLAS_CORETYPE=$(KERNEL) $(BIN)/python -m pytest -q -n 2 tests/core

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_wheels.py

# the core installs and decides without any extra: no torch, no development tools
bare: pyproject.toml requirements.lock
	$(PYTHON) -m venv --clear .venv-bare
	.venv-bare/bin/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock .
	.venv-bare/bin/python -c "import importlib.util as u; assert not u.find_spec('torch'); import mindshare as ms; print(ms.allocate([[0.0, 1.0]] * 3, {'m': {1: 1.0}}, {'m': 2.0}).choice)"
	.venv-bare/bin/mindshare --version
	rm -rf .venv-bare

# the anchors beside allocate and beside fits are big, so only the benchmarks install them
bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev,bench,series,trainers]'
	@for file in benchmarks/*.py; do case "$$file" in */soak.py) continue;; esac; more=; \
	case "$$file" in */allocate.py) more="--anchors 1000,10000,100000 --plot docs/allocate.png";; esac; \
	echo "== $$file $$more"; $(BIN)/python "$$file" $$more || exit 1; done

# the live service for long: 200 kills under load, then half an hour of people and a flood
soak: $(STAMP)
	MINDSHARE_KILLS=200 $(BIN)/python -m pytest -q -n 0 tests/engine/test_killed.py
	$(BIN)/python benchmarks/soak.py
