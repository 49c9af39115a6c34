"""What a machine may use, and what an answer costs."""
