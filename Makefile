# seam: `make demo` needs Go alone; `make test` also needs gcc, npm, python3, curl and (for the picture of the page) Debian's chromium or root to install it.
SHELL := /bin/bash
TOOLS := $(CURDIR)/.tools
export PATH := $(TOOLS):$(PATH)
PACTFFI := CGO_ENABLED=1 CGO_LDFLAGS="-L$(TOOLS) -Wl,-rpath,$(TOOLS)" PACT_DO_NOT_TRACK=true

.PHONY: help build demo test unit race broken fuzz lint generate drift tools picture bench bench-load soak clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

build: ## bin/seam, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/seam ./cmd/seam

# The shop is built as seam is, so that what both need is compiled once.
demo: export CGO_ENABLED = 0
demo: export GOFLAGS += -trimpath
demo: build ## Run the example shop: traffic, contracts, traces, load, one report
	bin/seam test -f examples/shop/seam.yaml

tools: ## What the tests need, pinned, into .tools/
	.ci/tools

test: tools build lint drift broken fuzz race ## Everything: lint, drift, all tests with the race detector and the reference Pact engine, broken variants, fuzzing

race:
	$(PACTFFI) .ci/gotest -race -tags pactffi -timeout 20m ./...

broken: build ## Break each service of the shop in each way: seam has to find it on its edge
	examples/shop/broken.sh

fuzz: ## Every fuzz target looks beyond its seeds for a moment
	.ci/fuzz

unit: ## The tests that need neither cgo nor peers, quickly
	CGO_ENABLED=0 go test -short ./...

lint: ## Format, vet and lint, with and without the reference engine
	@test -z "$$(gofmt -l cmd contracts dashboards examples harness mocks)" || { gofmt -l cmd contracts dashboards examples harness mocks; echo "run gofmt -w on these files"; exit 1; }
	CGO_ENABLED=0 go vet ./...
	$(PACTFFI) go vet -tags pactffi ./...
	$(TOOLS)/golangci-lint run -c .ci/golangci.yml
	$(PACTFFI) $(TOOLS)/golangci-lint run -c .ci/golangci.yml --build-tags pactffi

generate: ## Mocks, schemas and dashboards from their sources
	go generate ./...
	go tool mockery --config .mockery.yaml

drift: ## Fails when a generated file or a committed pact differs from its source
	.ci/drift

picture: ## Take the pictures of the README (needs Debian's chromium: .ci/tools chromium)
	go test ./harness -count=1 -run TestPictures -picture
	go test ./cmd/seam -count=1 -run TestThePicture -update

bench: ## Benchmarks of the hot paths, and Pact side by side with the reference (needs wrk and npm)
	.ci/bench
	.ci/tools pact
	.ci/bench-contracts

bench-load: ## seam load beside wrk, hey, vegeta and k6, then ghz (13 minutes): docs/benchmarks/load.md, load-grpc.md
	.ci/bench-load; load=$$?; .ci/bench-load-grpc && exit $$load

soak: ## seam load at 5,000/s for SOAK (default 5m): its memory has to stay flat
	.ci/bench-load soak

clean: ## Remove what was built here (the cache of tools stays)
	rm -rf bin .tools out
