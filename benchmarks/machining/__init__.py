"""Parts of the benchmark of machines at their defaults."""
