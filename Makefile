# Short names for what CONTRIBUTING.md describes; nothing here is needed to build or to test.

.PHONY: build test check demo golden bench

build:
	go build -o pagerisk ./cmd/pagerisk

test:
	go test ./...

check:
	.ci/run

demo:
	go run ./cmd/pagerisk demo

golden: ## writes the expected outputs anew; read the difference before you commit it
	go test ./cmd/... ./report/... -update

bench:
	go test -run '^$$' -bench . -benchmem ./...
