"""The value of one more answer, and of two: what the kernels of `value.py` compute in one state of a case."""

from __future__ import annotations

import numpy as np

from mindshare.core.asking.outlook import SECOND_AGENTS, after, foresee, survey
from mindshare.core.asking.verdict import best_verdict, expected
from mindshare.core.belief.attention import hear
from mindshare.core.belief.state import finish
from mindshare.core.kernel import kernel

UNLIKELY = 1e-3  # answers less likely than a tenth of this are left out
SECOND_ANSWERS = 3  # how far the second step looks, and at so many agents as `SECOND_AGENTS` says


@kernel(inline=True)
def imagine(attention, i, ahead, slot, j, a, g, seen, here, then, how, score):  # type: ignore[no-untyped-def]
    """Fill `then`, but for its sums, and the score of case i once whoever is in the slot has given the j-th answer, label a."""
    votes, temperature = how
    after(ahead, slot, seen.mark[2], j, a, g, seen.base, here.sums, votes, then.raw)
    then.spoke[0], then.spoke[1] = here.spoke[0], here.spoke[1]
    then.spoke[g] += 1
    if attention is not None:
        for w in range(len(then.mixed)):
            for y in range(len(score)):
                then.mixed[w, y] = here.mixed[w, y]
        says = ahead.says[slot]
        hear(attention, ahead.row[slot], a, says[0, j], says[1, j], then.mixed)
    finish(attention, temperature, i, then, score)


@kernel(inline=True)
def one_step(  # type: ignore[no-untyped-def]
    attention, i, ahead, slot, g, seen, here, then, how, utility, accuracy, order, q, gain, scratch
):
    """The value of whoever is in the slot in a state; fills q and gain (W,) by answer, and the tilt of the state.

    `then` and `scratch` (2, L) are scratch.
    """
    belief, score, verdict = scratch[0], scratch[1], seen.mark[0]
    foresee(ahead, slot, seen, order, q)
    better, worse = seen.mark[3], seen.mark[4]
    total = 0.0
    for j in range(len(order)):
        gain[j], seen.tilt[j] = 0.0, 0.0
        if q[j] < 0.1 * UNLIKELY:
            continue
        imagine(attention, i, ahead, slot, j, order[j], g, seen, here, then, how, score)
        if better >= 0:
            seen.tilt[j] = (score[better] - score[worse]) - (seen.score[better] - seen.score[worse])
        peak = score[0]
        for y in range(len(score)):
            peak = max(peak, score[y])
        if accuracy and score[verdict] >= peak:
            continue
        z = 0.0
        for y in range(len(score)):
            belief[y] = np.exp(score[y] - peak)
            z += belief[y]
        d = best_verdict(belief, utility, accuracy)
        if d != verdict:
            now = expected(belief, utility, accuracy, verdict)
            gain[j] = (expected(belief, utility, accuracy, d) - now) / z
            total += q[j] * gain[j]
    return total


@kernel
def root(q, gain, second):  # type: ignore[no-untyped-def]
    """The p >= 0 with sum q (gain + max(0, second - p)) = p; the left side falls, the right side rises."""
    low, high, most = 0.0, 0.0, 0.0
    for j in range(len(q)):
        low += q[j] * gain[j]
        high += q[j] * (gain[j] + second[j])
        most = max(most, second[j])
    if high <= low or most <= low:
        return low
    for _ in range(30):
        p = 0.5 * (low + high)
        left = 0.0
        for j in range(len(q)):
            left += q[j] * (gain[j] + max(0.0, second[j] - p))
        if left > p:
            low = p
        else:
            high = p
    return low


@kernel
def next_likely(q, second):  # type: ignore[no-untyped-def]
    """The likeliest answer that no second one has been looked at after, -1 = none that is likely."""
    j = -1
    for m in range(len(q)):
        if second[m] == 0.0 and q[m] > 0.02 and (j < 0 or q[m] > q[j]):
            j = m
    return j


@kernel
def second_step(  # type: ignore[no-untyped-def]
    attention,
    i,
    ahead,
    slot,
    g,
    one,
    seen,
    here,
    there,
    then,
    how,
    coefficient,
    spoke,
    utility,
    accuracy,
    order,
    q,
    gain,
    room,
):
    """The two-step index of whoever is in the slot, whose value `one`, q and gain are known; at least that value."""
    next_seen, second, q2, gain2, scratch = room
    for m in range(len(order)):
        second[m] = 0.0
    for _ in range(SECOND_ANSWERS):
        j = next_likely(q, second)
        if j < 0:
            break
        second[j] = 1e-12
        a = order[j]
        imagine(attention, i, ahead, slot, j, a, g, seen, here, there, how, next_seen.score)
        for y in range(len(next_seen.score)):
            for e in range(3):
                for kind in range(2):
                    there.sums[kind, e, y] = here.sums[kind, e, y]
            there.sums[g, 0, y] += ahead.says[slot, 0, j, y]
            there.sums[g, 1, y] += ahead.says[slot, 1, j, y]
        there.sums[g, 2, a] += 1.0
        # under accuracy a second answer is not worth more than what the belief still doubts after the first
        doubt = survey(next_seen, there, g, order, coefficient, spoke, utility, accuracy)
        if accuracy and doubt <= one:
            continue
        met = 0
        for other in range(SECOND_AGENTS + 1):
            if ahead.row[other] < 0 or ahead.row[other] == ahead.row[slot] or met == SECOND_AGENTS:
                continue
            if ahead.row[other] == ahead.other_seat[slot]:  # nobody follows himself or herself
                continue
            met += 1
            v = one_step(
                attention, i, ahead, other, g, next_seen, there, then, how, utility, accuracy, order, q2, gain2, scratch
            )  # fmt: skip
            second[j] = max(second[j], v)
    return max(one, root(q, gain, second))
