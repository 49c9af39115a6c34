"""The policies to beat, and ours: what each would ask, and how all are cut by the same means."""
