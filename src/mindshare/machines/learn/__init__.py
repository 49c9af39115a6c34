"""Learning within a budget. It knows no family of nets: what it asks of a model is in `learner.py`."""
