# The commands of every day. "make help" lists them; each is a script that can be called by itself as well.

.DEFAULT_GOAL := help
.PHONY: help packages build test test-one format lint contracts contracts-check interop bench up down clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## Install the Debian packages that are missing
	deploy/install-packages

build: packages ## Build the services and the command line
	swift build

test: ## Run every check and every test
	deploy/test

test-one: ## Run the Swift tests whose names match, e.g. make test-one FILTER=PolicyDomainTests
	swift test --no-parallel --filter "$(FILTER)"

format: ## Format our Swift sources in place
	deploy/test --sources | xargs -0 swift format format -i -p

lint: ## Check the format of our Swift sources and the style of the contracts
	deploy/test --only format
	deploy/contracts/check

contracts: ## Generate the Swift code of everything under proto/ anew
	deploy/contracts/generate

contracts-check: ## Check style, compatibility and freshness of the contracts; generates anew and compares
	deploy/contracts/check --full

interop: ## Run the subscribers and the client in C and Python
	deploy/test --only interop

bench: packages ## Build release, measure against floors that do the same work, print the table of ratios
	deploy/bench

up: packages ## Start everything on this machine and show the main job at work
	deploy/up

down: ## Stop what "make up" has started
	deploy/down

clean: ## Remove build products; data of "make up" stay
	rm -rf .build .build-plugins .build-venv
