"""City: scarce inspectors. Who is visited first within the list of each group, on what was known the day before.

`visits.py` what a case is, `chicago.py` and `made.py` where visits come from, `places.py` which were to one place, `features.py` what is
known on a day, `machines.py` who foretells, `schedule.py` an order and its worth, `today.py` and `page.py` the lists, `history.py` and
`domain.py` all of it as a `Domain`.
"""

from mindshare.domains.city.history import write_city

__all__ = ["write_city"]
