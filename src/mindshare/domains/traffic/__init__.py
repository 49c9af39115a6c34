"""Traffic: speeds and volumes foretold, and a control room that decides which sensor is worth a minute of a person now.

`speeds.py` what is seen, `los.py`, `metro.py` and `made.py` where it comes from, `columns.py` and `hours.py` what is known at a time,
`forecasts.py`, `volumes.py` and `intervals.py` who foretells and how sure, `onsets.py`, `alarms.py` and `room.py` falls, who sees them, who
is looked at, `layout.py` and `picture.py` the map, `tables.py`, `watch.py`, `history.py` and `domain.py` all of it as a `Domain`.
"""

from mindshare.domains.traffic.history import write_traffic

__all__ = ["write_traffic"]
