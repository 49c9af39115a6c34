"""ASK: what one more answer is worth, and which questions that makes."""
