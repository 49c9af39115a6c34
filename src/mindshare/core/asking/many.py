"""What many more answers are worth, each: where one or two cannot turn a verdict but ten could.

Suppose that k more people answered, one like the other. The belief between today's verdict d and its rival d' moves by the
log-odds of each answer, which the channel foresees: their sum is about normal under each truth. The value of k answers is

    V(k) = G P(switch | d' better) - L P(switch | d better),   switch: sum of k log-odds > log(L / G),

with G and L what d' would win and lose against d as believed today. The index is the largest V(k) / k: what an answer
is worth in the best plan that asks k and then decides (the policy KG(*) of Frazier and Powell 2010). It may stop sooner, so
it is worth at least that.
"""

from __future__ import annotations

import math

import numpy as np

from mindshare.core.asking.outlook import STEEPEST
from mindshare.core.kernel import kernel

FEWEST = 3  # answers; two are looked at one by one
LEAST_VARIANCE = 1e-9


@kernel
def rivals(out, order, utility, accuracy):  # type: ignore[no-untyped-def]
    """Fill `rival` and the two truths of `mark` in an outlook: the verdict that asking may turn today's into.

    Of all others it has the largest G^2 / L; each side is told by the likeliest truth under which it is better.
    """
    now, belief = out.mark[0], out.belief
    out.rival[0], out.rival[1], out.mark[3], out.mark[4] = 0.0, 0.0, -1, -1
    if accuracy:
        top = -1
        for y in order:
            if y != now and (top < 0 or belief[y] > belief[top]):
                top = y
        if top >= 0:
            out.rival[0], out.rival[1], out.mark[3], out.mark[4] = belief[top], belief[now], top, now
        return
    best = 0.0
    for d in range(utility.shape[1]):
        if d == now:
            continue
        win, lose, better, worse = 0.0, 0.0, -1, -1
        for y in order:
            gain = utility[y, d] - utility[y, now]
            if gain > 0:
                win += belief[y] * gain
                if better < 0 or belief[y] > belief[better]:
                    better = y
            elif gain < 0:
                lose -= belief[y] * gain
                if worse < 0 or belief[y] > belief[worse]:
                    worse = y
        if better >= 0 and worse >= 0 and win * win > best * lose:
            best = win * win / lose
            out.rival[0], out.rival[1], out.mark[3], out.mark[4] = win, lose, better, worse


@kernel
def answers_under(ahead, slot, seen, order, y, p):  # type: ignore[no-untyped-def]
    """Fill p (W,): the probability that whoever is in the slot answers order[j] if the truth is y; `foresee` has run."""
    odds, most, wide = seen.odds, seen.odds[len(order)], len(order)
    i = 0
    while order[i] != y:
        i += 1
    right, z = np.exp(min(seen.right[i] + ahead.lift[slot, i] - most, STEEPEST)), 0.0
    for j in range(wide):
        p[j] = right if j == i else ahead.wrong[slot, i, j] * odds[j]
        z += p[j]
    for j in range(wide):
        p[j] /= z


@kernel
def of_many(ahead, slot, seen, order, left, p):  # type: ignore[no-untyped-def]
    """The largest V(k) / k of up to `left` answers like that of whoever is in the slot; p (W,) is scratch. 0 for fewer than FEWEST."""
    win, lose = seen.rival[0], seen.rival[1]
    if left < FEWEST or win <= 0.0:
        return 0.0
    line = math.log(max(lose, win) / win)
    mean0, spread0 = _moments(ahead, slot, seen, order, seen.mark[3], p)
    mean1, spread1 = _moments(ahead, slot, seen, order, seen.mark[4], p)
    best, k = 0.0, FEWEST
    while True:
        root = math.sqrt(2.0 * k)
        switched = 0.5 * math.erfc((line - k * mean0) / (spread0 * root))
        misled = 0.5 * math.erfc((line - k * mean1) / (spread1 * root))
        best = max(best, (win * switched - lose * misled) / k)
        if k >= left:
            return best
        k = min(left, k + max(1, k // 3))


@kernel
def _moments(ahead, slot, seen, order, y, p):  # type: ignore[no-untyped-def]
    """Mean and standard deviation of the log-odds (rival against today's verdict) that an answer adds if the truth is y."""
    answers_under(ahead, slot, seen, order, y, p)
    mean, square = 0.0, 0.0
    for j in range(len(order)):
        mean += p[j] * seen.tilt[j]
        square += p[j] * seen.tilt[j] * seen.tilt[j]
    return mean, math.sqrt(max(square - mean * mean, LEAST_VARIANCE))
