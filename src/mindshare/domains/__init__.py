"""What a case is and what an error costs, one file a domain."""
