"""Benchmarks: each measures a ratio to a limit in the same run; `make bench` prints the table."""
