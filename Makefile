# Public-sector blockchain suite. `make` lists what can be done.
# Needs Go, make and git; everything else is built from pinned Go modules.

GO         ?= go
FUZZTIME   ?= 5s
BENCHFLAGS ?=

# Linters and checkers are Go tools pinned in a module of their own, built once
# per version: the main module stays lean.
TOOLS_MOD := scripts/tools/go.mod scripts/tools/go.sum
LINTER    := bin/tools/golangci-lint
VULNCHECK := bin/tools/govulncheck

# What others' software does with our logs: a module of its own too, whose three programs
# are built together.
TESSERA_DIR   := test/tessera
TESSERA_MOD   := $(TESSERA_DIR)/go.mod $(TESSERA_DIR)/go.sum $(wildcard $(TESSERA_DIR)/*/*.go $(TESSERA_DIR)/cmd/*/*.go)
TESSERA_TOOLS := bin/tools/fsck-verdict

SHELL_FILES := .ci/run $(wildcard scripts/*.sh)

.DEFAULT_GOAL := help
.PHONY: help build demo up down test lint unit fuzz e2e bench fsck vuln fmt tidy clean shellcheck

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# The version that psbc prints is the one the toolchain stamps from git.
build: ## build the command-line tool at bin/psbc
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/psbc ./cmd/psbc

demo: ## notarise a document on a four-body network, and verify evidence of it with the network down
	@MAKE='$(MAKE)' scripts/demo.sh

up: build ## start the network (resumes an existing ledger)
	bin/psbc network up

down: build ## stop the network; the ledger is kept
	bin/psbc network down

test: ## lint, unit tests, fuzzing for some seconds, end-to-end on a real network
	@MAKE='$(MAKE)' scripts/stages.sh build lint unit fuzz e2e

lint: $(LINTER) shellcheck ## formatting, go vet, golangci-lint, shellcheck
	@directories="$$($(GO) list -f '{{.Dir}}' ./...) $(TESSERA_DIR)" || exit 1; \
	unformatted=$$(gofmt -l $$directories) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not gofmt-formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(LINTER) run ./...
	cd $(TESSERA_DIR) && ../../$(LINTER) run ./...

shellcheck:
	@scripts/shellcheck.sh $(SHELL_FILES)

unit: ## unit, property and architecture tests, with -race where cgo works
	@GO='$(GO)' scripts/unit.sh

fuzz: ## run every fuzz target for FUZZTIME (default 5s)
	@GO='$(GO)' FUZZTIME='$(FUZZTIME)' scripts/fuzz.sh

e2e: build ## end-to-end tests on a real network, which they start themselves
	$(GO) test -count=1 -timeout 30m ./test/e2e/...

bench: build ## measure the running network; BENCHFLAGS='-help' lists the options
	$(GO) run ./test/bench $(BENCHFLAGS)

fsck: $(TESSERA_TOOLS) ## check a served log with Tessera's fsck: URL=... KEY=vkey-file [ORIGIN=...]
	@if [ -z "$(URL)" ] || [ -z "$(KEY)" ]; then echo 'make fsck URL=http://... KEY=file-with-a-witness-key ORIGIN=origin-line' >&2; exit 2; fi
	bin/tools/fsck-verdict -url '$(URL)' -key '$(KEY)' $(if $(ORIGIN),-origin '$(ORIGIN)')

vuln: $(VULNCHECK) ## look for known vulnerabilities in what is built
	@scripts/vuln.sh $(VULNCHECK)

fmt: ## format the Go code
	@directories=$$($(GO) list -f '{{.Dir}}' ./...) || exit 1; gofmt -l -w $$directories

tidy: ## tidy every go.mod
	$(GO) mod tidy
	cd network/fabric && $(GO) mod tidy
	cd scripts/tools && $(GO) mod tidy
	cd $(TESSERA_DIR) && $(GO) mod tidy

clean: ## remove what was built; the network's state stays (bin/psbc network reset)
	rm -rf bin coverage.out

$(LINTER): $(TOOLS_MOD)
	@echo "building golangci-lint (once per version, some minutes on a small machine)"
	@mkdir -p bin/tools
	cd scripts/tools && CGO_ENABLED=0 $(GO) build -trimpath -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

$(VULNCHECK): $(TOOLS_MOD)
	@mkdir -p bin/tools
	cd scripts/tools && CGO_ENABLED=0 $(GO) build -trimpath -o ../../$@ golang.org/x/vuln/cmd/govulncheck
	@touch $@

$(TESSERA_TOOLS): $(TESSERA_MOD)
	@mkdir -p bin/tools
	cd $(TESSERA_DIR) && CGO_ENABLED=0 $(GO) build -trimpath -o ../../bin/tools/ github.com/transparency-dev/tessera/cmd/fsck ./cmd/fsck-verdict ./cmd/tessera-append
	@touch $@
