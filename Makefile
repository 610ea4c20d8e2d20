# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything is installed inside this checkout (.venv, .cache, .stage). It takes git, make and Python 3.11 or newer.
# CORE=newest|middle|oldest|both|all chooses the ansible-core, ARGS='…' is added to pytest or ansible-test.

PYTHON ?= python3
TOOL = $(PYTHON) -B tests/tools

.DEFAULT_GOAL := help
.PHONY: help venv lint format unit sanity integration scale browser resilience test test-all demo docs package changelog bench bench-docs chaos soak fuzz clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## watch a playbook wait for a simulated switch
	@$(TOOL) demo

docs: ## the documentation: guides, and the reference made from the plugins; into .cache/docs/html
	@$(TOOL) docs

package: ## the tarball, as Galaxy's importer accepts it; into .cache/package
	@$(TOOL) package

changelog: ## the release notes of the version in galaxy.yml, from changelogs/fragments and the plugins
	@$(TOOL) changelog

bench: ## what it costs beside what the same costs otherwise, 20 minutes; into .cache/bench; BENCH=group for one
	@$(TOOL) bench

bench-docs: ## put the last make bench into the docs page "What it costs"
	@$(TOOL) bench-docs

test: ## everything that CI runs, in the order of its cost
	@$(TOOL) test

test-all: ## the same on ansible-core 2.16, 2.19 and the newest, sanity tests on each; then docs and package
	@$(TOOL) test-all

lint: ## ruff, mypy on the engine, shellcheck, antsibull-changelog, antsibull-docs, ansible-lint
	@$(TOOL) lint

format: ## let ruff sort imports and lay out the Python files
	@$(TOOL) format

unit: ## unit tests, on the newest and the oldest ansible-core
	@$(TOOL) unit

sanity: ## ansible-test sanity, on the newest ansible-core
	@$(TOOL) sanity

integration: ## integration targets and end-to-end tests: real ansible-playbook against the simulator, both cores
	@$(TOOL) integration

scale: ## a thousand simulated switches in four jobs of ansible-runner side by side, sliced as AWX does
	@$(TOOL) scale

browser: ## the timeline, opened and looked at in a headless Chromium
	@$(TOOL) browser

resilience: ## faults, bad bytes, secrets and 300 random schedules, on real sockets; then a minute of soak
	@$(TOOL) resilience

chaos: ## random schedules of changes, faults and waits against a model of the truth: N=20000 of them
	@$(TOOL) chaos

soak: ## a listener under load and a fault a second: memory, threads, files, losses; S=600 seconds
	@$(TOOL) soak

fuzz: ## atheris on what a switch may send; S=300 seconds for each target, FUZZ=target for one
	@$(TOOL) fuzz

venv: ## make the virtual environments only
	@$(TOOL) venv

clean: ## remove all that make has made
	rm -rf .venv .cache .stage .ansible collections tests/output
