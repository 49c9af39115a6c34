"""ALLOCATE: one option for each of many cases, worth most together within hard constraints, with a certificate.

Arrays in, a `Plan` out; nothing here knows of histories, agents or beliefs. On the way from a request to its plan:
`request.py` checks it, `constraints.py` lays it out as the `Problem` that every other file reads (`columns.py`: costs
are read where the caller keeps them), `net_value.py` and `dual.py` pass over all cases at given prices, `prices.py` and
`warm_start.py` find the prices, `repair.py` makes whole choices fit, `subset_sums.py`, `beam_search.py` and `exact.py`
close the gap that is left, `feasibility.py` settles whether anything fits, `certificate.py` proves what was found, and
`allocate.py` puts all of it in order.
"""
