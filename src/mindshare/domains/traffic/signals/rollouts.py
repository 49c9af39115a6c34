"""How long vehicles will wait under a plan of a signal's phases, by a short run of queues, and what each next phase is worth by that.

A lane is a queue that lets one vehicle go in HEADWAY seconds while its head has green. A minor movement goes when nobody whom it must let
pass has just gone, and none of them comes within GAP seconds.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.core.kernel import kernel
from mindshare.domains.traffic.onsets import Flags
from mindshare.domains.traffic.speeds import Ints

STEP_S = 5  # seconds between decisions
YELLOW_S = 3  # seconds
HEADWAY, LOST, GAP = 1.5, 1.0, 2.0  # seconds; LOST: from green until the first of those who stand
BEHIND = 0.5  # of a headway each, for those before a vehicle that is left at the end
SWITCH = 2.0  # seconds that a vehicle waits longer at the end where its light is red


@kernel(allocates=True)
def goes(
    i: int,
    state: int,
    shows: Ints,
    foes: Flags,
    phase: int,
    gone: FloatArray,
    t: int,
    arrive: FloatArray,
    link: Ints,
    nxt: Ints,
    tail: Ints,
) -> bool:
    """Whether a movement with green may go at second t."""
    if state == 2:
        return True
    for j in range(foes.shape[1]):
        if foes[i, j] and gone[j] > t - 2.0:
            return False
    for m in range(len(nxt)):
        q = nxt[m]
        if q < tail[m] and foes[i, link[q]] and shows[phase, link[q]] == 2 and arrive[q] < t + GAP:
            return False
    return True


@kernel(allocates=True)
def waiting(
    arrive: FloatArray,
    link: Ints,
    head: Ints,
    tail: Ints,
    shows: Ints,
    foes: Flags,
    plan: Ints,
    before: int,
    bound: float,
) -> float:
    """Seconds that vehicles wait in all under `plan` (K,), phases of STEP_S seconds, after phase `before`; stopped above `bound`.

    Vehicles of a lane are `head` to `tail`, first come first; `arrive`: seconds from now when each is at the line if nobody stops it,
    `link`: its movement.
    """
    lanes, steps = len(head), len(plan) * STEP_S
    nxt, free, gone = head.copy(), np.zeros(lanes), np.full(shows.shape[1], -10.0)
    was = np.zeros(lanes, np.bool_)
    for lane in range(lanes):
        was[lane] = nxt[lane] < tail[lane] and shows[before, link[nxt[lane]]] > 0
    total = 0.0
    for t in range(steps):
        if total > bound:
            return total
        k = t // STEP_S
        phase = plan[k]
        old = plan[k - 1] if k > 0 else before
        change = phase != old and t - k * STEP_S < YELLOW_S
        for turn in range(2, 0, -1):  # major movements first
            for lane in range(lanes):
                n = nxt[lane]
                if n >= tail[lane]:
                    continue
                i = link[n]
                state = min(shows[phase, i], shows[old, i]) if change else shows[phase, i]
                if state == 0:
                    was[lane] = False
                if state != turn:
                    continue
                if not was[lane]:
                    was[lane] = True
                    if arrive[n] <= t:
                        free[lane] = max(free[lane], t + LOST)
                if arrive[n] > t or free[lane] > t:
                    continue
                if goes(i, state, shows, foes, phase, gone, t, arrive, link, nxt, tail):
                    gone[i] = t
                    total += t - arrive[n]
                    free[lane] = (max(free[lane], arrive[n]) if free[lane] > t - 1.0 else t) + HEADWAY
                    nxt[lane] = n + 1
    return total + left(arrive, link, nxt, tail, shows[plan[-1]], steps)


@kernel(allocates=True)
def left(arrive: FloatArray, link: Ints, nxt: Ints, tail: Ints, show: Ints, steps: int) -> float:
    """What those have waited who are still there at the end, and will at least."""
    total = 0.0
    for lane in range(len(nxt)):
        count = 0
        for n in range(nxt[lane], tail[lane]):
            if arrive[n] < steps:
                total += (
                    steps - arrive[n] + BEHIND * HEADWAY * count + (SWITCH if show[link[n]] == 0 else 0.0)
                )
                count += 1
    return total


@kernel(allocates=True)
def rolled_out(
    arrive: FloatArray, link: Ints, head: Ints, tail: Ints, shows: Ints, foes: Flags, before: int, slots: int
) -> tuple[FloatArray, Ints]:
    """(P,) the least seconds of waiting when each phase is next, over all plans of at most two changes, and (P, slots) those plans."""
    phases = shows.shape[0]
    least, best = np.full(phases, np.inf), np.full((phases, slots), before)
    plan = np.full(slots, before)
    for s in range(slots + 1):
        for j in range(phases):
            if (j == before) != (s == slots):
                continue
            for e in range(s + 1 if s < slots else s, slots + 1):
                for m in range(phases):
                    if (m == j and e < slots) or (e == slots and m > 0):
                        continue
                    plan[:s] = before
                    plan[s:e] = j
                    plan[e:] = m
                    w = waiting(arrive, link, head, tail, shows, foes, plan, before, least[plan[0]])
                    if w < least[plan[0]]:
                        least[plan[0]] = w
                        best[plan[0]] = plan
    return least, best
