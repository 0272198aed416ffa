"""Benchmarks: one command each, ratios in one run, raw results kept (INTERFACES 3)."""
