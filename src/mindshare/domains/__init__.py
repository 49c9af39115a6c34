"""What a case is and what an error costs, one room per domain."""
