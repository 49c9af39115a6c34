"""Triage: cases come one by one, and only so many minutes can go to them. Which are worth a look, or an hour of a stand-by crew?

`hires.py` and `requests.py` what a case is and where it comes from, `surplus.py` and `found.py` who foretells, `paced.py` who gets
attention.
"""
