# Tablée. `make run` and `make test` are all a newcomer needs.
GO      ?= go
PKGS    ?= ./...
FUZZTIME ?= 30s
LDFLAGS := -s -w
NPM_CI  := npm ci --no-audit --no-fund --prefer-offline

.PHONY: run build test test-go test-web test-e2e bench bench-files proof-sealed proof-uploads lint fuzz web web-check cross tools clean

run: ## start Tablée with its defaults on http://localhost:8080
	$(GO) run ./cmd/tablee serve

build: ## bin/tablee
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/tablee ./cmd/tablee

cross: ## bin/tablee-linux-{amd64,arm64,armv7,armv6}
	./scripts/cross.sh

test: tools lint web-check test-go test-web test-e2e ## everything; installs what it needs

tools: ## browsers and npm packages that the tests need, once
	./scripts/tools.sh

test-go: e2e/node_modules
	./scripts/test-go.sh

test-web: web/app/node_modules
	cd web/app && npx vitest run

test-e2e: build e2e/node_modules
	cd e2e && node --test --test-concurrency=1 --test-reporter=spec *.test.mjs
	cd e2e && TABLEE_MEDIA_TRANSPORT=stock node --test --test-reporter=spec meeting.test.mjs

bench: build e2e/node_modules ## the benchmarks of docs/performance.md, into its tables
	./scripts/bench.sh --write
	node scripts/bench-pads.mjs --write
	node scripts/bench-files.mjs

bench-files: build ## files: throughput and CPU beside nginx and rclone
	node scripts/bench-files.mjs

proof-sealed: build e2e/node_modules ## 2 GiB, encrypted in one browser and opened in another, in flat memory; five minutes
	node scripts/proof-sealed.mjs

proof-uploads: build e2e/node_modules ## fifteen uploads while fifteen meet, on a line that is narrow; three minutes, root
	node scripts/proof-uploads.mjs

lint: web/app/node_modules ## gofmt, vet, staticcheck, and the front-end's checks
	./scripts/lint.sh

fuzz: ## every fuzz target for FUZZTIME each
	FUZZTIME=$(FUZZTIME) ./scripts/fuzz.sh

web: web/app/node_modules ## build the front-end into web/dist
	$(GO) run ./web/build

web-check: web/app/node_modules ## fail when web/dist is not what the sources give
	$(GO) run ./web/build -check

web/app/node_modules: web/app/package-lock.json
	cd web/app && $(NPM_CI) && touch node_modules

e2e/node_modules: e2e/package-lock.json
	cd e2e && $(NPM_CI) && touch node_modules

clean:
	rm -rf bin e2e/out
