# Squall. `make` alone lists the targets.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SQUALL := go run ./cmd/squall
FOCUS  ?=
FOR    ?= 10m
SEED   ?= 1
OUT    ?= .squall
FUZZ   ?= 20s
VULNDB ?= https://vuln.go.dev
# A soak takes a seed of the day, unless one is given.
SOAK_SEED := $(if $(filter file,$(origin SEED)),$(shell date +%s),$(SEED))

.PHONY: help chaos test focus soak bench lint fuzz vulnerabilities verify-deploy \
        examples verify-format fix-format verify-modules fix-modules verify-workflows verify-imports verify-zerocost verify-planted \
        verify-tutorial fix-tutorial verify-report verify-portable \
        verify-peers fix-peers

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chaos: ## the main job: strike every scenario, then print what held (about a minute)
	@mkdir -p $(OUT)
	@$(SQUALL) run --seed $(SEED) --json $(OUT)/chaos.json --junit $(OUT)/chaos.xml ./suites

test: ## every test: units with and without failpoints, all suites, under the race detector
	go test ./scope/... ./dispatcher/... ./fakes/...
	go test -run 'Bounded|Month' ./harness/soak/...
	go test -race -vet=off -overlay="$$($(SQUALL) overlay ./...)" $$(go list ./... | grep -v /suites)
	$(SQUALL) run --race --seed $(SEED) ./suites/...
	SQUALL_MODE=free SQUALL_RUNS=50 go test -race -count=1 -overlay="$$($(SQUALL) overlay ./...)" ./suites/... -ginkgo.label-filter='!control && !wall && !peers'
	@$(MAKE) --no-print-directory examples

examples: ## a user's own module: build it, run its suites as it would
	cd examples/checkout && go build ./... && go vet ./... && go tool squall run --race --seed $(SEED)

focus: ## one scenario, in words: make focus FOCUS=S3
	@test -n "$(FOCUS)" || { echo "squall: FOCUS is empty; say which scenario, as in make focus FOCUS=S3" >&2; exit 2; }
	@$(SQUALL) run -v --seed $(SEED) --focus '$(FOCUS)'

soak: ## what the nightly job does, at home: make soak FOR=1h
	@mkdir -p $(OUT)/corpus
	@go build -o $(OUT)/squall ./cmd/squall
	@$(OUT)/squall build -o $(OUT)/suites ./suites/...
	@code=0; soak=$(OUT)/soaks/$$(date +%Y%m%dT%H%M%S); \
	deploy/corpus replay $(OUT)/corpus $(OUT)/squall $(OUT)/suites || code=$$?; \
	$(OUT)/squall soak --binaries $(OUT)/suites --for $(FOR) --seed $(SOAK_SEED) --out $$soak || code=$$?; \
	deploy/corpus keep $(OUT)/corpus $$soak; \
	$(OUT)/squall report $$soak --html $$soak/report.html --trend $(OUT)/trend.jsonl || code=$$?; \
	exit $$code

bench: ## speed, as ratios measured in one run
	go test -run '^$$' -bench . -benchmem ./harness/... ./scope/... ./dispatcher/...
	go test -run '^$$' -bench . -benchmem -overlay="$$($(SQUALL) overlay ./...)" ./suites/...

lint: verify-format verify-modules verify-workflows verify-imports ## what CI checks besides the tests
	go vet ./...
	go tool staticcheck ./...

fuzz: ## every fuzz target for a short while: make fuzz FUZZ=5m
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z]+' cmd faults harness internal | sed 's,/[^/]*:func , ,' | sort -u | \
	while read -r dir target; do \
		echo "== $$target in ./$$dir"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ) -fuzzminimizetime 20x "./$$dir" </dev/null; done

vulnerabilities: ## is a known vulnerability in what we call, tests included? VULNDB=file:///DIR asks a copy of the database
	@for dir in $(or $(MODULES),. examples/checkout deploy/verify test/browser); do echo "== $$dir"; \
		(cd $$dir && go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 -test -db $(VULNDB) ./...); done

verify-format: ## is every Go file formatted?
	@test -z "$$(gofmt -l .)" || { echo "not formatted: $$(gofmt -l . | tr '\n' ' '); make fix-format mends it" >&2; exit 1; }

fix-format: ## format every Go file
	gofmt -w .

verify-modules: ## are go.mod and go.sum tidy?
	@for dir in $(or $(MODULES),. examples/checkout); do (cd $$dir && go mod tidy -diff >/dev/null) || \
		{ echo "go.mod or go.sum in $$dir is not tidy; make fix-modules mends it" >&2; exit 1; }; done

fix-modules: ## tidy go.mod and go.sum
	go mod tidy
	cd examples/checkout && go mod tidy
	cd deploy/verify && go mod tidy
	cd test/browser && go mod tidy

verify-workflows: ## are the GitHub workflows right?
	go tool actionlint
	go tool actionlint examples/checkout/.github/workflows/*.yml

verify-imports: ## does scope pull in nothing that it does not need?
	@! go list -deps ./scope | grep -E 'ginkgo|gomega|sourcegraph/conc|golang.org/x/sync|squall/(harness|scenarios|suites|fakes)' || { echo "scope must not import these" >&2; exit 1; }

verify-deploy: ## are the Kubernetes manifests right, and do shards come to what one soak comes to? (about two minutes)
	@$(MAKE) --no-print-directory verify-modules MODULES=deploy/verify
	cd deploy/verify && go vet ./... && go test -count=1 ./...

verify-zerocost: ## is the machine code the same as without failpoints?
	go test -count=1 ./internal/zerocost/

verify-tutorial: ## does the tutorial tell the truth? runs every command in it (about a minute)
	go test -count=1 -tags tutorial ./internal/tutorial/

fix-tutorial: ## write into the tutorial what its commands print
	go test -count=1 -tags tutorial ./internal/tutorial/ -update

verify-report: ## is the report of a soak as it should be, in a real browser? screenshots in $(OUT)/report
	@mkdir -p $(OUT)/report
	@$(MAKE) --no-print-directory verify-modules MODULES=test/browser
	cd test/browser && SQUALL_SCREENSHOTS="$(abspath $(OUT))/report" go test -count=1 -bench . -benchtime 3x ./...

verify-planted: ## does a bug planted in each layer come out, with a storm that replays it?
	go test -count=1 -tags planted ./internal/planted/

verify-portable: ## does a seed mean the same on other processors? 386, and arm64 under qemu-user
	go test -count=1 -timeout 1h -tags portable ./internal/portable/

# peers writes the peers' table into a directory.
define peers
	@mkdir -p $(OUT)
	@env -u SQUALL_RUNS -u SQUALL_FOR -u SQUALL_MODE $(SQUALL) run --focus peers --seed 1 --json $(OUT)/peers.json ./suites >$(OUT)/peers.log 2>&1 || { cat $(OUT)/peers.log >&2; exit 1; }
	@go run ./internal/peersdoc -result $(OUT)/peers.json -out $(1)
endef

verify-peers: ## is docs/peers.md what other libraries do under our storms?
	$(call peers,$(OUT)/peers-docs)
	@for file in peers.md peers.json; do diff -u docs/$$file $(OUT)/peers-docs/$$file || { echo "docs/$$file is not what the libraries do; make fix-peers mends it" >&2; exit 1; }; done

fix-peers: ## put other libraries under our storms and write docs/peers.md and docs/peers.json
	$(call peers,docs)
