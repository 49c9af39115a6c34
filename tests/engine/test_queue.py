"""Cases that wait: what is told of them is what all rows say, whatever came and went."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from mindshare.engine.queue import NEVER, Queue, Row

SEATS = 3
worths = st.lists(st.sampled_from([NEVER, 0.0, 0.1, 0.2, 0.3, 0.5]), min_size=SEATS, max_size=SEATS)
steps = st.lists(st.tuples(st.integers(0, 99), worths, st.booleans(), st.booleans()), max_size=150)


@given(steps, st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.6]), min_size=SEATS, max_size=SEATS))
def test_a_case_is_worthless_where_no_seat_is_worth_its_price_and_no_rule_wants_somebody(steps, paid):
    queue, known = Queue(SEATS), dict[str, tuple[list[float], bool]]()
    for number, worth, must, leaves in steps:
        name = str(number)
        if leaves and name in queue:
            queue.remove(name)
            del known[name]
        else:
            queue.add(name, Row(np.array(worth), 0.0, float(number), 0, must))
            known[name] = worth, must
    wanted = {
        name
        for name, (worth, must) in known.items()
        if not must and all(w - p <= 0 for w, p in zip(worth, paid, strict=True))
    }
    found = queue.worthless(np.array(paid))
    assert set(found) == wanted and len(found) == len(wanted)
    assert all(queue.row(name).tolist() == worth for name, (worth, _) in known.items())
