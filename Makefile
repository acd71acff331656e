# The commands that people and CI run. Each sets up what it needs, system packages included.
# `make demo` and `make test` are the two to know; `make help` lists all.

SWIFT ?= swift
EPOCHS ?= 20
SEED ?= 0
# The plain autoencoder beside the VAE needs less to make its point; its report says how many.
AUTOENCODER_EPOCHS ?= $(shell test $(EPOCHS) -lt 5 && echo $(EPOCHS) || echo 5)
RUNS ?= runs
BUILD := .build
VAE := $(BUILD)/release/vae
# Where Debian's package puts it.
FASHION ?= /usr/share/datasets/fashion-mnist
BENCHMARKS := Documentation/benchmarks.md
GOLDENS := Tests/ParityTests/Goldens
# What the tests write for other programs to read.
INTEROP := .build/interop
MULTIPLIES_BF16 := PYTHONPATH=Benchmarks python3 -c 'import machine, sys; sys.exit(not machine.multiplies_bf16())'

.PHONY: help setup build explore demo test lint fuzz soak soak-server coverage sanitize dist docs bench results interop clean

help:
	@echo "make demo              train the tutorial's VAE on MNIST and show what it learned (EPOCHS=2: two minutes)"
	@echo "make test              everything that CI checks"
	@echo "make fuzz              hostile files for every parser, a minute each (FUZZ_SECONDS=60)"
	@echo "make soak              200 trainings killed (KILLS=200), an hour of traffic on the server (SOAK_SECONDS=3600), then"
	@echo "                       ten million hostile files a parser: hours"
	@echo "make coverage          which regions of the parsers the tests reach: all, or it fails"
	@echo "make sanitize          the tests under three sanitizers; make sanitize-address, -undefined, -thread for one"
	@echo "make build             the program, $(VAE)"
	@echo "make explore           the program and its explorer: then $(VAE) explore RUNS"
	@echo "make dist              the self-contained program, dist/vae"
	@echo "make docs              the guide and the reference, .build/docs"
	@echo "make bench             speed beside Keras, PyTorch, ONNX Runtime and oneDNN (downloads them): an hour"
	@echo "make results           five seeds of tutorial and keras-example, and Fashion-MNIST, into Documentation/results.md"
	@echo "make interop           the golden files anew, and every file read by the programs that it is for, into"
	@echo "                       Documentation/formats.md (downloads Keras, PyTorch, ONNX Runtime, OpenVINO, pandas, DuckDB …)"

# System packages, only what is missing.
setup:
	@sh Tools/setup.sh

build: setup
	$(SWIFT) build -c release --product vae

# The server is a program of its own: its libraries take minutes to build, and `vae` has no network code.
explore: build
	VAE_EXPLORER=1 $(SWIFT) build -c release --product vae-explore

demo: build
	$(VAE) train --preset tutorial --epochs $(EPOCHS) --seed $(SEED) --out $(RUNS)/demo --overwrite \
	    --keep-epochs
	$(VAE) train --preset tutorial --plain-autoencoder --epochs $(AUTOENCODER_EPOCHS) --seed $(SEED) \
	    --out $(RUNS)/demo-autoencoder --overwrite --no-figures
	$(VAE) report $(RUNS)/demo --compare $(RUNS)/demo-autoencoder
	@echo
	@echo "Look at   $(RUNS)/demo/report.html      everything on one page"
	@echo "          $(RUNS)/demo/figures/         the same pictures, as PNG and SVG"
	@echo "Go on     make explore && $(VAE) explore $(RUNS)   the latent space in the browser"
	@echo "          $(VAE) sample $(RUNS)/demo --out samples.png"

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Examples Benchmarks Fuzzing \
	    WebAssembly

test: lint
	@sh Tools/setup.sh tests
	@sh Tools/library-packages.sh
	@sh Tools/instruction-sets.sh
	@sh Tools/test.sh
	@sh Tools/wasm.sh
	@sh Tools/browser-tests.sh
	@sh Tools/instruction-counts.sh
	@if [ "$$(uname)" = Linux ]; then FUZZ_SECONDS=2 sh Tools/fuzz.sh; fi

# Needs a toolchain with libFuzzer, as Swift's for Linux is.
fuzz: setup
	@sh Tools/fuzz.sh

# What takes longer than `make test` may: kills first, they are minutes.
KILLS ?= 200
SOAK_SECONDS ?= 3600
soak: soak-server
	@VAE_SOAK_KILLS=$(KILLS) VAE_SOAK_REPORT=$(CURDIR)/Documentation/reliability.md \
	    sh Tools/test.sh --filter FaultTests.KillTests
	@FUZZ_RUNS=$(or $(FUZZ_RUNS),10000000) sh Tools/fuzz.sh

soak-server: explore
	test -d $(RUNS)/soak || $(VAE) train --epochs 1 --limit 5000 --no-figures --out $(RUNS)/soak
	python3 Tools/soak_server.py $(RUNS)/soak --seconds $(SOAK_SECONDS)

coverage: setup
	@sh Tools/coverage.sh

sanitize: sanitize-address sanitize-undefined sanitize-thread

sanitize-%: setup
	@sh Tools/sanitize.sh $*

# lld finds what one archive needs of another in whatever order they stand.
DIST_FLAGS := $(if $(filter Linux,$(shell uname)),--static-swift-stdlib -Xswiftc -use-ld=lld)

dist: setup
	VAE_STATIC=1 $(SWIFT) build -c release --product vae $(DIST_FLAGS) --scratch-path .build-dist
	mkdir -p dist
	cp .build-dist/release/vae dist/vae
	strip dist/vae
	@ls -l dist/vae
	@ldd dist/vae 2>/dev/null || otool -L dist/vae

docs:
	@sh Tools/docs.sh

bench: explore .venv-tf/ready .venv-torch/ready .venv-onnx/ready .venv-serve/ready
	@sh Tools/setup.sh bench
	c++ -O2 Benchmarks/peers/onednn_layers.cpp -ldnnl -o .build/onednn_layers
	for subject in training inference layers; do \
	    python3 Benchmarks/compare.py $$subject --rounds 7 --markdown $(BENCHMARKS) || exit 1; done
	! $(MULTIPLIES_BF16) || \
	    python3 Benchmarks/compare.py training --precision bf16 --rounds 7 --markdown $(BENCHMARKS)
	python3 Benchmarks/tutorial.py --markdown $(BENCHMARKS)
	python3 Benchmarks/scaling.py --markdown $(BENCHMARKS)
	python3 Benchmarks/startup.py --markdown $(BENCHMARKS)
	python3 Benchmarks/pictures.py --python .venv-torch/bin/python --markdown $(BENCHMARKS)
	test -d $(RUNS)/demo || $(VAE) train --epochs 2 --no-figures --out $(RUNS)/demo
	python3 Benchmarks/serving.py $(RUNS)/demo --rounds 5 --markdown $(BENCHMARKS)
	@sh Tools/browser-setup.sh
	PYTHONPATH=Tests/Browser .venv-browser/bin/python Benchmarks/latency.py $(RUNS)/demo --markdown $(BENCHMARKS)
	python3 Benchmarks/sweep.py --markdown $(BENCHMARKS)
	python3 Benchmarks/chart.py --markdown $(BENCHMARKS) --out Documentation/images/benchmarks.svg

results: build
	python3 Benchmarks/seeds.py --program $(VAE) --seeds 5 --epochs 20 --markdown Documentation/results.md
	python3 Benchmarks/seeds.py --program $(VAE) --preset keras-example --seeds 5 --epochs 30 --runs runs/keras-example \
	    --section keras-example --markdown Documentation/results.md
	! $(MULTIPLIES_BF16) || \
	    python3 Benchmarks/seeds.py --program $(VAE) --seeds 5 --epochs 20 --markdown Documentation/results.md \
	    --precision bf16 --section bf16 --runs runs/bf16
	@sh Tools/setup.sh results
	python3 Benchmarks/seeds.py --program $(VAE) --seeds 1 --epochs 20 --markdown Documentation/results.md \
	    --data $(FASHION) --section fashion-mnist --runs runs/fashion-mnist
	$(VAE) grid runs/fashion-mnist/seed-0 --n 15 --out Documentation/images/fashion-grid.png

# Small models of both to import are committed; those in the presets' sizes are imported here, and compared.
interop: build .venv-tf/ready .venv-torch/ready .venv-onnx/ready .venv-openvino/ready .venv-embeddings/ready
	python3 Interop/make_goldens.py --out $(GOLDENS)
	rm -rf $(INTEROP)
	VAE_INTEROP=$(CURDIR)/$(INTEROP) sh Tools/test.sh --filter NumbersTests
	.venv-torch/bin/python Interop/check_exports.py $(INTEROP) pytorch
	KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 .venv-tf/bin/python Interop/check_exports.py $(INTEROP) keras
	.venv-onnx/bin/python Interop/check_onnx.py $(INTEROP)/onnx --approve Tests/InterchangeTests/Approved/onnx.json
	.venv-openvino/bin/python Interop/check_onnx.py $(INTEROP)/onnx --engine openvino
	mkdir -p $(BUILD)/import
	gzip -dc Sources/CMNISTData/data/t10k-images-idx3-ubyte.gz >$(BUILD)/import/images
	for models in Tests/InterchangeTests/Goldens "$(BUILD)/import --images $(BUILD)/import/images"; do \
	    .venv-tf/bin/python Interop/import_goldens.py --framework keras --out $$models && \
	    .venv-torch/bin/python Interop/import_goldens.py --framework torch --out $$models || exit 1; done
	python3 Interop/check_import.py --program $(VAE) --models $(BUILD)/import
	.venv-embeddings/bin/python Interop/check_embeddings.py $(VAE)
	python3 Interop/formats_table.py --markdown Documentation/formats.md

.venv-embeddings/ready: Interop/requirements-embeddings.txt
	python3 -m venv .venv-embeddings
	.venv-embeddings/bin/pip install --quiet -r $<
	touch $@

.venv-%/ready: Benchmarks/peers/requirements-%.txt
	python3 -m venv .venv-$*
	.venv-$*/bin/pip install --quiet -r $<
	touch $@

clean:
	rm -rf .build .build-* dist
