"""Where a machine looked."""
