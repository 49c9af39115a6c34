"""Digits: the smallest domain. Handwritten digits behind a thin link, three machines, SIMULATED people.

`images.py` what a case is, `machines.py` who answers and at what cost, `history.py` a history, `domain.py` the `Domain`.
"""

from mindshare.domains.digits.history import write_digits

__all__ = ["write_digits"]
