"""Parts of the benchmarks of machines that learn."""
