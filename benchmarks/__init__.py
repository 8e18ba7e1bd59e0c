"""Benchmarks: one file each, run by `forest bench` on a scratch cluster of its own, side by side with a ceiling.

A module declares its `BENCHMARK`. Nothing here is imported by the product or the tests.
"""
