# Squall. `make` alone lists the targets.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SQUALL := go run ./cmd/squall
FOCUS  ?=
FOR    ?= 10m
SEED   ?= 1
OUT    ?= .squall

.PHONY: help chaos test focus soak bench lint fuzz \
        verify-format fix-format verify-modules fix-modules verify-workflows verify-imports verify-zerocost verify-planted

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chaos: ## the main job: strike every scenario, then print what held (about a minute)
	@mkdir -p $(OUT)
	@$(SQUALL) run --seed $(SEED) --json $(OUT)/chaos.json --junit $(OUT)/chaos.xml

test: ## every test: units with and without failpoints, all suites, under the race detector
	go test ./scope/... ./dispatcher/... ./fakes/...
	go test -race -overlay="$$($(SQUALL) overlay ./...)" ./...
	SQUALL_MODE=free SQUALL_RUNS=50 go test -race -count=1 -overlay="$$($(SQUALL) overlay ./...)" ./suites/... -ginkgo.label-filter='!control && !wall && !peers'

focus: ## one scenario, in words: make focus FOCUS=S3
	@test -n "$(FOCUS)" || { echo "squall: FOCUS is empty; say which scenario, as in make focus FOCUS=S3" >&2; exit 2; }
	@$(SQUALL) run -v --seed $(SEED) --focus '$(FOCUS)'

soak: ## go on for a while, from a seed of the day: make soak FOR=1h
	@mkdir -p $(OUT)
	@$(SQUALL) run --for $(FOR) --seed "$$(date +%s)" --json $(OUT)/soak.json

bench: ## speed, as ratios measured in one run
	go test -run '^$$' -bench . -benchmem ./harness/... ./scope/... ./dispatcher/...
	go test -run '^$$' -bench . -benchmem -overlay="$$($(SQUALL) overlay ./...)" ./suites/...

lint: verify-format verify-modules verify-workflows verify-imports ## what CI checks besides the tests
	go vet ./...
	go tool staticcheck ./...

fuzz: ## every fuzz target for a short while
	@for target in $$(grep -rhoE '^func Fuzz[A-Za-z]+' --include='*_test.go' faults harness | sed 's/func //' | sort -u); do \
		pkg=$$(grep -rlE "^func $$target\b" --include='*_test.go' faults harness | head -1 | xargs dirname); \
		echo "== $$target in ./$$pkg"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime 20s "./$$pkg"; done

verify-format: ## is every Go file formatted?
	@test -z "$$(gofmt -l .)" || { echo "not formatted: $$(gofmt -l . | tr '\n' ' '); make fix-format mends it" >&2; exit 1; }

fix-format: ## format every Go file
	gofmt -w .

verify-modules: ## are go.mod and go.sum tidy?
	@go mod tidy -diff >/dev/null || { echo "go.mod or go.sum is not tidy; make fix-modules mends it" >&2; exit 1; }

fix-modules: ## tidy go.mod and go.sum
	go mod tidy

verify-workflows: ## are the GitHub workflows right?
	go tool actionlint

verify-imports: ## does scope pull in nothing that it does not need?
	@! go list -deps ./scope | grep -E 'ginkgo|gomega|sourcegraph/conc|golang.org/x/sync|squall/(harness|scenarios|suites|fakes)' || { echo "scope must not import these" >&2; exit 1; }

verify-zerocost: ## is the machine code the same as without failpoints?
	go test -count=1 ./internal/zerocost/

verify-planted: ## does a bug planted in each layer come out, with a storm that replays it?
	go test -count=1 -tags planted ./internal/planted/
