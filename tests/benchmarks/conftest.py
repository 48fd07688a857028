"""Benchmarks are no tests, and some modules need packages of other environments."""

collect_ignore_glob = ["*"]
