"""The domains of `domains.py` that have more to say than fits there, a file each."""
