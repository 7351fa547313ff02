# The same names that CI calls.

# README's test command
test:
    cargo test --workspace

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --test conformance -- -D warnings
    python3 .ci/licences.py

# The real clients as judges; suites by name, or all
conformance *suites:
    cargo build --release
    tests/conformance/run {{suites}}

# Regenerate what is made from the commands
generate:
    UPDATE=1 cargo test --test generated

ci:
    .ci/run
