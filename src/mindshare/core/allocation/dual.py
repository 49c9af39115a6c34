"""One pass over the cases at given prices: what each would choose, what that uses, how use reacts to prices.

The dual bound of `max sum V[n, x_n]` within rows `use <= rhs` is, for any prices p >= 0 (Everett 1963),

    D(p) = rhs . p + sum_n max_k (V[n, k] - p . W[n, k])

A case whose best options lie within `blur` (in units of value) of each other is shared between them: the max over
the simplex of `x . net + blur / 2 * (1 - |x|^2)` (Nesterov 2005). It is never below the plain max, so every pass is
a valid bound; it is smooth, so Newton's method works on it also where everything ties.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.allocation.constraints import Arrays
from mindshare.core.allocation.net_value import BLOCK, add_use, block_nets, case_nets, fold, levels, workplace
from mindshare.core.allocation.request import Floats
from mindshare.core.kernel import kernel


@kernel
def shares(net: Floats, blur: float, x: Floats) -> float:
    """Best mix x of one case's options (Michelot 1986); returns its smoothed net, >= the plain maximum."""
    top = -np.inf
    for k in range(len(net)):
        top = max(top, net[k])
    tau, count = -blur, len(net) + 1  # measured from the top, where small differences are still told
    while True:
        total, inside = 0.0, 0
        for k in range(len(net)):
            if net[k] - top > tau:
                total += net[k] - top
                inside += 1
        tau = (total - blur) / inside
        if inside >= count:  # in exact numbers it only falls
            break
        count = inside
    smooth, square = 0.0, 0.0
    for k in range(len(net)):
        x[k] = max(0.0, net[k] - top - tau) / blur if net[k] - top > tau else 0.0
        if x[k] > 0:
            smooth += x[k] * (net[k] - top)
            square += x[k] * x[k]
    return top + smooth + 0.5 * blur * (1.0 - square)


@kernel
def add_mixed(a: Arrays, n: int, blur: float, work: tuple[Any, ...], use: Floats, curve: Floats) -> None:
    """Adds the use of case n's mix, and W' (I - 11'/s) W / blur over the s options in it: the second derivative."""
    w, _, x, mean, rows, mark = work
    count, sharing = 0, 0
    for k in range(len(x)):
        if x[k] <= 0:
            continue
        sharing += 1
        for e in range(a.start[k], a.start[k + 1]):
            r = a.row[e]
            if w[e] == 0.0:  # another time slice's or class's row
                continue
            use[r] += x[k] * w[e]
            mean[r] += w[e]
            if not mark[r]:
                mark[r], rows[count] = True, r
                count += 1
            for f in range(a.start[k], a.start[k + 1]):
                curve[r, a.row[f]] += w[e] * w[f] / blur
        if len(a.group) and a.member[k]:
            count = _add_level(a, n, k, x[k], blur, work, use, curve, count)
    for i in range(count):
        for j in range(count):
            curve[rows[i], rows[j]] -= mean[rows[i]] * mean[rows[j]] / (sharing * blur)
    for i in range(count):
        mean[rows[i]], mark[rows[i]] = 0.0, False


@kernel
def _add_level(
    a: Arrays,
    n: int,
    k: int,
    x: float,
    blur: float,
    work: tuple[Any, ...],
    use: Floats,
    curve: Floats,
    count: int,
) -> int:
    """The same for the two rows of case n's group; returns the new count of rows touched."""
    w, _, _, mean, rows, mark = work
    up, rate = a.parity_row + a.group[n], a.rate[a.group[n]]
    down = up + len(a.rate)
    for r, sign in ((up, 1.0), (down, -1.0)):
        use[r] += sign * x * rate
        mean[r] += sign * rate
        if not mark[r]:
            mark[r], rows[count] = True, r
            count += 1
        for q, other in ((up, 1.0), (down, -1.0)):
            curve[r, q] += sign * other * rate * rate / blur
        for f in range(a.start[k], a.start[k + 1]):
            curve[r, a.row[f]] += sign * rate * w[f] / blur
            curve[a.row[f], r] += sign * rate * w[f] / blur
    return count


@kernel(allocates=True)
def bench(a: Arrays, n_rows: int) -> tuple[Any, ...]:
    """Scratch of one case: amounts, nets, mix, mean use, rows touched, whether touched."""
    k_options = a.value.shape[0]
    return (
        np.empty(len(a.row)),
        np.empty(k_options),
        np.empty(k_options),
        np.zeros(n_rows),
        np.empty(n_rows, np.int64),
        np.zeros(n_rows, np.bool_),
    )


@kernel(allocates=True)
def sweep(a: Arrays, price: Floats, blur: float, worth: float) -> tuple[float, Floats, Floats]:
    """Sum of (smoothed) best nets, use of every row (R,), curvature (R, R)."""
    n_cases, n_rows = a.value.shape[1], len(price)
    use, curve, total = np.zeros(n_rows), np.zeros((n_rows, n_rows)), 0.0
    kind = a.value[0, :0]
    paid, out = fold(a, price, worth, kind), workplace(kind)
    best, second, at = out[0], out[1], out[2]
    work, level = bench(a, n_rows), levels(a, price)
    for n0 in range(0, n_cases, BLOCK):
        n1, part = min(n_cases, n0 + BLOCK), 0.0
        block_nets(a, paid, n0, n1, out)
        for n in range(n0, n1):
            i = n - n0
            if best[i] - second[i] >= blur:
                part += best[i]
                add_use(a, n, at[i], 1.0, use)
                continue
            case_nets(a, price, level, worth, n, work[0], work[1])
            part += shares(work[1], blur, work[2])
            add_mixed(a, n, blur, work, use, curve)
        total += part
    return total, use, curve


@kernel(allocates=True)
def settle(a: Arrays, price: Floats, blur: float, worth: float) -> tuple[Any, NDArray[Any], float, Floats]:
    """One option per case, (N,) int32, the distance of its best net to its second, (N,), value, and use of the rows.

    Cases shared by several options are settled one by one so that what is used keeps close to what was to be used:
    the rounding error of all cases together stays about one case's use, not a random walk's.
    """
    n_cases, n_rows, kind = a.value.shape[1], len(price), a.value[0, :0]
    choice, gap = np.empty(n_cases, np.int32), np.empty(n_cases, kind.dtype)
    paid, out = fold(a, price, worth, kind), workplace(kind)
    best, second, at = out[0], out[1], out[2]
    work, level = bench(a, n_rows), levels(a, price)
    x, ahead, trial = work[2], np.zeros(n_rows), np.zeros(n_rows)
    value, use, part = 0.0, np.zeros(n_rows), np.zeros(n_rows)
    for n0 in range(0, n_cases, BLOCK):
        n1, worth_here = min(n_cases, n0 + BLOCK), 0.0
        part[:] = 0.0
        block_nets(a, paid, n0, n1, out)
        for n in range(n0, n1):
            i = n - n0
            gap[n], k = best[i] - second[i], at[i]
            if gap[n] < blur:
                case_nets(a, price, level, worth, n, work[0], work[1])
                shares(work[1], blur, x)
                k = _nearest_mix(a, n, x, ahead, trial)
            choice[n] = k
            worth_here += a.value[k, n]
            add_use(a, n, k, 1.0, part)
        value += worth_here
        use += part
    return choice, gap, value, use


@kernel(allocates=True)
def _nearest_mix(a: Arrays, n: int, x: Floats, ahead: Floats, trial: Floats) -> int:
    """The option of the mix x that keeps `ahead`, what was used less what was to be used, smallest; updates it."""
    found, least = 0, np.inf
    for k in range(len(x)):
        if x[k] > 0:
            add_use(a, n, k, -x[k], ahead)
    for k in range(len(x)):
        if x[k] > 0:
            trial[:] = ahead
            add_use(a, n, k, 1.0, trial)
            off = (trial * trial).sum()
            if off < least:
                found, least = k, off
    add_use(a, n, found, 1.0, ahead)
    return found


@kernel(allocates=True)
def best_nets(a: Arrays, price: Floats) -> Floats:
    """(N,) net of every case's best option."""
    n_cases, kind = a.value.shape[1], price[:0]
    paid, out = fold(a, price, 1.0, kind), workplace(kind)
    best = np.empty(n_cases)
    for n0 in range(0, n_cases, BLOCK):
        n1 = min(n_cases, n0 + BLOCK)
        block_nets(a, paid, n0, n1, out)
        best[n0:n1] = out[0][: n1 - n0]
    return best


@kernel(allocates=True)
def all_nets(a: Arrays, price: Floats) -> Floats:
    """(N, K) nets, -inf where vetoed: for instances small enough to look at every entry."""
    nets, w, level = np.empty((a.value.shape[1], a.value.shape[0])), np.empty(len(a.row)), levels(a, price)
    for n in range(a.value.shape[1]):
        case_nets(a, price, level, 1.0, n, w, nets[n])
    return nets


@kernel(allocates=True)
def used(a: Arrays, choice: NDArray[np.int32], n_rows: int) -> Floats:
    """(R,) scaled use of the rows by a choice of every case."""
    use = np.zeros(n_rows)
    for n in range(len(choice)):
        add_use(a, n, choice[n], 1.0, use)
    return use


@kernel(allocates=True)
def best_total(a: Arrays, price: Floats) -> tuple[float, float]:
    """The sum of all cases' best nets, and that of their sizes, added in float64."""
    n_cases, kind, total, size = a.value.shape[1], a.value[0, :0], 0.0, 0.0
    paid, out = fold(a, price, 1.0, kind), workplace(kind)
    for n0 in range(0, n_cases, BLOCK):
        n1, part = min(n_cases, n0 + BLOCK), 0.0
        block_nets(a, paid, n0, n1, out)
        for i in range(n1 - n0):
            part += out[0][i]
            size += abs(out[0][i])
        total += part
    return total, size


@kernel(allocates=True)
def account(a: Arrays, choice: NDArray[np.int32], n_rows: int) -> tuple[float, Floats]:
    """(value, scaled use (R,)), summed in float64 by blocks with what rounding lost."""
    value, lost_value, use, lost = 0.0, 0.0, np.zeros(n_rows), np.zeros(n_rows)
    part = np.empty(n_rows)
    for n0 in range(0, len(choice), BLOCK):
        worth = 0.0
        part[:] = 0.0
        for n in range(n0, min(len(choice), n0 + BLOCK)):
            k = choice[n]
            worth += a.value[k, n]
            add_use(a, n, k, 1.0, part)
        value, lost_value = add(value, lost_value, worth)
        for r in range(n_rows):
            use[r], lost[r] = add(use[r], lost[r], part[r])
    return value + lost_value, use + lost


@kernel
def add(total: float, lost: float, more: float) -> tuple[float, float]:
    """A compensated sum (Neumaier 1974): the new total, and all that rounding has lost so far."""
    after = total + more
    if abs(total) >= abs(more):
        return after, lost + ((total - after) + more)
    return after, lost + ((more - after) + total)
