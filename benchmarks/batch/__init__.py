"""Parts of `benchmarks/allocate.py`."""
