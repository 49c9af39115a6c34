"""DECIDE: who attends to each case. No I/O, clock, hidden randomness, logging, threads or torch."""
