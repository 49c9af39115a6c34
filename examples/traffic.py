# %% [markdown]
# # Traffic: a control room with a few minutes of people
# A road network has a sensor every mile. Every five minutes somebody has time to look at one of them. Where, when a jam may begin
# anywhere?
#
# The network of this notebook is **made up**, and the operators of the demo are **simulated**: nothing here says anything about
# real roads, or is evidence about people. The same on real speeds: `mindshare demo traffic --data DIR` (docs/traffic.md).

# %% tags=["install"]
# %pip install --quiet --editable ".."  # in Colab: after `!git clone` of the project, from its folder examples/

# %% [markdown]
# ## What is seen
# A speed for each sensor every five minutes: five days teach, the last two are judged. A *fall* is more than 20 mph within a quarter
# of an hour, and lasts.

# %%
import numpy as np

from mindshare.domains.traffic.made import made_speeds
from mindshare.domains.traffic.onsets import caught, onsets

speeds = made_speeds(seed=0, along=8)
taught, at = np.arange(speeds.new_from), np.arange(speeds.new_from, len(speeds))
onset = onsets(speeds)[at]
print(f"{speeds.source}; {onset.sum()} falls on the last two days")

# %% [markdown]
# ## Forecasts, from cheap to dear
# The mean error 15, 30 and 60 minutes ahead. Each machine learns from the first five days.

# %%
from mindshare.domains.traffic.forecasts import AHEAD, MACHINES

rows = at[: -max(AHEAD)]
truth = np.stack([speeds.speed[rows + ahead] for ahead in AHEAD], axis=-1)
error = {
    name: np.abs(machine(speeds, taught, rows) - truth).mean(axis=(0, 1))
    for name, machine in MACHINES.items()
}
for name, each in error.items():
    print(f"{name:12}", *(f"{mph:5.2f}" for mph in each), "mph")

# %% [markdown]
# ## One look in five minutes
# `rule_before` knows how often other days had a fall here at this time; `trees_before` also sees the last hour, here and
# nearby. Both say what a look is worth before the speed falls. The allocation spends the minutes, and a sensor is left alone
# for half an hour after a look.

# %%
from mindshare.domains.traffic.alarms import rule_before, trees_before
from mindshare.domains.traffic.room import looks

share = {}
for said in (rule_before, trees_before):
    worth = said(speeds, taught, at)
    for minutes in (1, 3):
        looked = looks(worth, minutes)
        share[said.__name__, minutes] = caught(onset, looked, before=True).mean()
        print(
            f"{said.__name__:12} {minutes} looks: {share[said.__name__, minutes]:.0%} of falls seen before they begin"
        )

# %% [markdown]
# ## Attention follows hour and place
# Now a hundred minutes for both days together, to be spent when they are worth most (planned after the fact, by what
# the trees said at each step, and without the half hour of silence). Nobody told them about rush hours, or where the road is narrow.

# %%
from mindshare import allocate

worth = trees_before(speeds, taught, at)
option = np.stack([np.zeros(worth.size), worth.ravel()], axis=1)  # 0: no look
plan = allocate(option, {"people.minutes": {1: 1.0}}, {"people.minutes": 100.0})
spent = (plan.choice == 1).reshape(worth.shape)
by_hour = np.bincount(at % 288 // 12, spent.sum(axis=1), 24).astype(int)
print("looks by hour:", {hour: looks for hour, looks in enumerate(by_hour.tolist()) if looks})
most = np.argsort(-spent.sum(axis=0), kind="stable")[:3]
print("most looks:", {speeds.sensors[k]: int(spent[:, k].sum()) for k in most})
print(f"one more minute would bring {plan.price['people.minutes']:.2f} falls seen early")

# %% [markdown]
# ## The map
# The network without outside tiles: laid out by road distance, coloured by speed, rings where to look.

# %%
from mindshare.domains.traffic.picture import draw

step = int(at[(speeds.speed[at] < 25).sum(axis=1).argmax()])
picture = draw(speeds, step, np.argsort(-worth[step - at[0]], kind="stable")[:3])
try:
    from IPython.display import SVG, display
except ImportError:  # as a plain script
    print(f"{len(picture):,} letters of SVG")
else:
    display(SVG(picture))

# %% [markdown]
# `mindshare serve --demo traffic` puts such sensors on a desk, one after the other, beside the simulated operators.
