# The verbs of the day. Needs Go, a C compiler (for SQLite), make and git.

GO      ?= go
TOOL     = $(GO) tool -modfile=$(CURDIR)/tools/go.mod
REVISION = $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS  = -X main.linkedRevision=$(REVISION)

.PHONY: build run test race lint cross capi python peers standalone generate baseline bench bench-harness benchmarks crashtest clean

# Build the command into bin/.
build:
	$(GO) build -ldflags "$(LDFLAGS)" -o bin/solverbench ./cmd/solverbench

# Run the quick suite and print leaderboards.
run: build
	bin/solverbench run

# Run all tests.
test:
	$(GO) test ./...

# Run tests under the race detector, without the slowest ones; of all packages unless RACE names some.
RACE = ./...
race:
	$(GO) test -race -short $(RACE)

# Formatting, vet, staticcheck and the contract.
lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt -l:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	cd plugins/proto && $(TOOL) buf lint
	cd plugins/proto && $(TOOL) buf breaking --against baseline.binpb

# Type-check everything, tests included, for other systems. Without cgo there is no SQLite: opening a database says so.
cross:
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet ./...
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) vet ./...

# Check the C ABI: the header in its dialects, the examples in C, C++ and Fortran, libraries that are wrong; then the runner and
# the libraries under the address sanitizer (which knows no exceptions from a library loaded late), and under that of undefined
# behaviour where nothing is wrong on purpose.
capi:
	$(GO) test -count=1 ./plugins/capi
	CFLAGS="-O1 -g -fsanitize=address" CXXFLAGS="-O1 -g -fsanitize=address" FFLAGS="-O1 -g -fsanitize=address" \
		$(GO) test -count=1 -asan -skip Exceptions ./plugins/capi
	CGO_CFLAGS="$(UBSAN)" CGO_LDFLAGS=-fsanitize=undefined CFLAGS="$(UBSAN)" CXXFLAGS="$(UBSAN)" FFLAGS="$(UBSAN)" \
		$(GO) test -count=1 -skip 'Misfits|Exceptions|AreNone' ./plugins/capi
UBSAN = -O1 -g -fsanitize=undefined -fno-sanitize-recover=all

# Check the SDK for Python and its wheel, then its plugins with the harness. Needs Python 3.10 or later, and the network for packages.
python:
	$(MAKE) -C plugins/python check wheel
	$(GO) test -count=1 ./plugins/python

# Install established libraries as plugins: solverbench run --suite peers then has them beside the bundled solvers.
peers: build
	plugins/peers/install.sh $(PEERS)

# Compare solves by the harness with the same ones by the solver alone, in turns, and write the table of docs/peers.md. Wants a calm machine.
standalone: build
	$(GO) run ./internal/standalone -solverbench bin/solverbench -all -into docs/peers.md

# Generate Go code from the .proto files, and docs/reference from the commands.
generate:
	cd plugins/proto && $(TOOL) buf lint && $(TOOL) buf generate
	$(GO) test ./cmd/solverbench -run TestReference -update

# Make the present contract the one that later changes must not break.
baseline:
	cd plugins/proto && $(TOOL) buf build --exclude-source-info -o baseline.binpb

# Run the kernels' benchmarks.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./plugins/bundled/... ./metrics/...

# Measure the measuring: known times against reported ones, transport, large arrays and checkpoints against their goals, then what
# launching, sandboxing, noise probes and the store cost. Wants a calm machine.
bench-harness:
	-SOLVERBENCH_CALIBRATION=1 $(GO) test -count=1 -v ./internal/calibrated
	$(GO) run ./internal/benchharness
	$(GO) test -run '^$$' -bench 'Launch|NullCall|StartToExit|Usage|FreezeAndThaw|Probe|ReadEnvironment|PolicyDone|Bookkeeping|SaveRun|Leaderboard100k' \
		./plugins/host ./harness/sandbox ./harness/measure ./results

# Measure and write BENCHMARKS.md: leaderboards, and some solvers head to head. Wants a calm machine, and a quarter of an hour.
COMPARE = bin/solverbench compare --db benchmarks.db --format markdown --into BENCHMARKS.md
benchmarks: build
	bin/solverbench run --suite full --db benchmarks.db
	bin/solverbench leaderboard --db benchmarks.db --format markdown --into BENCHMARKS.md
	$(COMPARE)#direct-multigrid fast-poisson 'multigrid[cycle=V,krylov=auto]' 'poisson/*'
	$(COMPARE)#multigrid-cg 'multigrid[cycle=V,krylov=auto]' 'cg[precond=ic0]' 'poisson/*'
	$(COMPARE)#etdrk4-sbdf3 etdrk4 sbdf3 'ks/*'
	$(COMPARE)#spectral spectral-etdrk4 spectral-ifrk4 'nse/*'
	$(COMPARE)#tv-nl-means tv nl-means 'restoration/*' --by psnr-gain
	$(COMPARE)#dpmpp-unipc dpmpp-2m unipc-2 'sampling/*' --by moment-error

# Kill the harness, fill its disk, cut its power: nothing acknowledged may be lost. CRASHTEST=-short takes some minutes.
crashtest: build
	$(GO) build -o bin/crashtest ./internal/crashtest
	nice -n 10 bin/crashtest -binary bin/solverbench $(CRASHTEST)

clean:
	rm -rf bin
