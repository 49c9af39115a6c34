# %% [markdown]
# # The article's perceptron, made right
# The article derives its cost model on a single-layer perceptron: a pass costs R = C + A, and attention A = alpha * |x|
# grows with the size of the input; of N samples as many as possible are to be right while the sum stays below R_max. It
# gives formulas and one example whose units do not fit. Here the perceptron learns, its C and alpha are **measured**, and
# the samples that get attention are **chosen** under R_max.

# %% tags=["install"]
# %pip install --quiet --editable ".."  # in Colab: after `!git clone` of the project, from its folder examples/

# %% [markdown]
# ## Inputs of different sizes
# A signal is positive or negative on average; short ones are cheap to read and hard to tell.

# %%
import time

import numpy as np

import mindshare as ms

rng = np.random.default_rng(0)
size = rng.choice([16, 64, 256, 1024], 4_000)
truth = rng.integers(0, 2, len(size))
signals = [rng.normal(0.25 * (2 * y - 1), 1.0, n) for y, n in zip(truth, size, strict=True)]


def read(signal):
    """What the perceptron sees, whatever the length: the mean, the share above zero, and 1 for the bias."""
    return np.array([signal.mean(), (signal > 0).mean() - 0.5, 1.0])


# %% [markdown]
# ## The perceptron and its rule (Rosenblatt 1958)
# y = 1 where w . x > 0; a mistake moves w by the input. The average of all w on the way is what is kept. Half of the
# signals teach, the other half are decided.


# %%
def learn(seen, y, rounds=5):
    """Weights of an averaged perceptron."""
    w, total = np.zeros(seen.shape[1]), np.zeros(seen.shape[1])
    for _ in range(rounds):
        for x, label in zip(seen, 2 * y - 1, strict=True):
            if label * (w @ x) <= 0:
                w = w + label * x
            total += w
    return total / (rounds * len(y))


seen = np.stack([read(signal) for signal in signals])
half = len(signals) // 2
weights = learn(seen[:half], truth[:half])
right = (seen[half:] @ weights > 0) == truth[half:]
for n in np.unique(size):
    print(f"{n:5d} readings: {right[size[half:] == n].mean():.3f} right")

# %% [markdown]
# ## C and alpha, measured
# Processor seconds of a pass against the size of its input: a straight line by least squares, in one unit.


# %%
def seconds(n, repeats=2_000):
    """Processor seconds of one pass over n readings."""
    signal = rng.normal(size=n)
    start = time.process_time()
    for _ in range(repeats):
        read(signal) @ weights
    return (time.process_time() - start) / repeats


sizes = np.array([1_000, 10_000, 50_000, 100_000])
times = np.array([min(seconds(n, 200) for _ in range(3)) for n in sizes])
alpha, C = np.polyfit(sizes, times, 1)
print(f"C = {1e6 * C:.1f} us a pass, alpha = {1e9 * alpha:.2f} ns a reading")

# %% [markdown]
# ## R_max: who gets attention?
# The article's numbers with their units: C = 200 ms a pass, alpha = 0.2 ms a reading, 4 cores. In 60 seconds they supply
# 240 core-seconds, and the 2,000 signals would use 700 or so. Which ones? A signal is worth what the perceptron brings
# over a coin on signals of its size, as counted on the half that taught. `allocate` gives the best choice within the limit
# and an upper bound that no choice can pass.

# %%
cost = 0.2 + 0.0002 * size[half:]
R_max = 4 * 60.0
brings = {
    n: ((seen[:half] @ weights > 0) == truth[:half])[size[:half] == n].mean() - 0.5 for n in np.unique(size)
}
value = np.zeros((len(cost), 2))  # option 0: leave it to a coin; option 1: a pass
value[:, 1] = [brings[n] for n in size[half:]]
plan = ms.allocate(value, {"cpu_s": {1: cost}}, {"cpu_s": R_max})
attended = plan.choice == 1
print(
    f"all signals: {cost.sum():.0f} cpu_s; R_max {R_max:.0f}; spent {plan.usage['cpu_s']:.1f}; price {plan.price['cpu_s']:.3f}"
)
for n in np.unique(size):
    print(f"{n:5d} readings: {attended[size[half:] == n].mean():.2f} of them attended to")
P = np.where(attended, right, 0.5).mean()
first_come = np.where(np.cumsum(cost) <= R_max, right, 0.5).mean()
print(
    f"P = {P:.3f} right within R_max; first come, first served: {first_come:.3f}; everything: {right.mean():.3f}"
)
