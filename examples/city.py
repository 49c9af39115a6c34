# %% [markdown]
# # City: whom inspectors visit first
# There are more places that sell food than inspectors can visit soon. Machines say where a visit is likely to find a
# critical violation; each group of inspectors then goes through its own list in that order.
#
# The visits of this notebook are **made up**: nothing here is evidence about a city. The same on real visits:
# `mindshare demo city --data DIR` (docs/city.md).

# %% tags=["install"]
# %pip install --quiet --editable ".."  # in Colab: after `!git clone` of the project, from its folder examples/

# %% [markdown]
# ## What is known the day before
# A visit has a place, a group of inspectors and a day. What it will find is known for the visits before the window only.

# %%
import numpy as np

from mindshare.domains.city.machines import MACHINES
from mindshare.domains.city.made import made_visits
from mindshare.domains.city.schedule import days_earlier, early, ranked
from mindshare.domains.city.today import plan_of, today_of

visits = made_visits(seed=0)
plan, rows = plan_of(visits), visits.new
found, group, day = visits.found[rows] > 0, visits.group[rows], visits.day[rows]
print(f"{len(plan.fit):,} visits teach, {len(rows)} are planned; {found.sum()} of these will find something.")

# %% [markdown]
# ## An order within each list
# Who visits explains more of what is found than any order does. So groups keep their places and their number of visits
# a day, and the question is only who comes first. Half of the finds would lie in the first half by chance.

# %%
half = {}
for name, score in MACHINES.items():
    rank = ranked(score(visits, plan.columns, plan.fit)[rows], group)
    half[name] = found[early(rank, group)].sum() / found.sum()
    gained = days_earlier(rank, group, day)[found].mean()
    print(
        f"{name:8} {half[name]:.0%} of the finds in the first half, {gained:.1f} days earlier than they were"
    )

# %% [markdown]
# ## What it costs to keep places known
# A share of each list is drawn at random, so that places with low chances are seen at times, too.

# %%
cost = {}
for share in (0.0, 0.1, 0.3):
    ranks = [ranked(plan.score[rows], group, explore=share, seed=seed) for seed in range(20)]
    cost[share] = np.mean([found[early(rank, group)].sum() / found.sum() for rank in ranks])
    print(f"{share:.0%} drawn: {cost[share]:.1%} of the finds in the first half")

# %% [markdown]
# ## Today's lists
# Why a place is in the list, and what one more inspector day would find: the price of a group's limit.

# %%
today = today_of(visits, plan, seed=0)
for stop in today.stops[:5]:
    print(
        f"{stop.group} {stop.place_in_list}. {stop.place}: {stop.chance:.0%}, {stop.why}{' (drawn)' if stop.drawn else ''}"
    )
print({name: round(price, 2) for name, price in today.price.items()})

# %% [markdown]
# Moving inspectors between groups is a second question. Its gain is **foretold only**: nobody can measure what another
# inspector would have found.

# %%
print(
    f"Foretold for today: {today.if_kept:.1f} finds if each group keeps its places, {today.if_moved:.1f} if any may go anywhere."
)
