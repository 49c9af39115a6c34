"""Machines that the service runs itself: what is configured, the processes in which they run, and what they may use."""
