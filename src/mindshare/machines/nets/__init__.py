"""Models with a net: five families, one file each, that learn within a budget, answer, and are saved."""
