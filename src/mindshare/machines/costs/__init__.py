"""What answers and steps of learning cost: measured here, fitted as curves, foreseen from them."""
