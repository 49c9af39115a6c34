"""What `no_truth.py` runs in another Python: the aggregators of crowd-kit."""
