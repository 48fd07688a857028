"""Benchmarks beside other libraries: ``python -m tests.benchmarks``."""
