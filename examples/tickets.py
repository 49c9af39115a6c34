# %% [markdown]
# # Tickets: the worked example of a domain
# Customers write to a bank. Three machines can read a message, each more closely and at a higher cost than the one
# before; clerks can too. Who reads what, when the
# seconds of the machines and the minutes of the clerks are limited together?
#
# The messages of this notebook are **made up**, and the clerks are **simulated** (their ids begin with `sim_`): nothing
# here is evidence about people, or about real messages.
# The same on real messages: `mindshare demo tickets --data DIR` (docs/tickets.md).

# %% tags=["install"]
# %pip install --quiet --editable ".."  # in Colab: after `!git clone` of the project, from its folder examples/

# %% [markdown]
# ## A domain writes a history
# `Tickets` says what is asked and what an answer is worth (`terms`), and writes cases and answers as a history
# (`write`): machines learnt from 600 other messages.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import mindshare as ms
from mindshare.domains.tickets.departments import DEPARTMENT_OF
from mindshare.domains.tickets.domain import Tickets

tickets = Tickets()
terms = tickets.terms(None)
with TemporaryDirectory() as place:
    made = tickets.write(Path(place) / "history", data=None, seed=0)
    history = ms.read_history(made.path)
print(f"{terms.question} {len(history)} messages, {len(terms.labels)} labels; {terms.about}.")
print(*made.people, sep="\n")
print("\nA short one and a long one:")
letters = history.numeric("letters")
for case in (letters.argmin(), letters.argmax()):
    print(f"- {history.features.text['message'][case]}")

# %% [markdown]
# ## What a mistake costs
# A message goes to a department. The right label is worth 1, another one of the same department 0.5, another department
# 0; what is urgent must not go elsewhere: -1.

# %%
for truth, verdict in (
    ("pin_blocked", "lost_or_stolen_card"),
    ("top_up_limits", "exchange_rate"),
    ("pin_blocked", "exchange_rate"),
):
    print(
        f"{truth} ({DEPARTMENT_OF[truth]}) taken for {verdict} ({DEPARTMENT_OF[verdict]}): {terms.utility[truth][verdict]:+.1f}"
    )

# %% [markdown]
# ## Everybody alone
# What each agent's answers are worth as verdicts, and what it would take to ask about every message. The limits do not allow that.

# %%
answers, worth = history.answers, history.team.utility_matrix()
cost = history.cost()
alone = {}
for agent, name in enumerate(history.agent_id):
    mine = answers.agent == agent
    alone[name] = worth[history.truth[answers.case[mine]], answers.label[mine]].mean()
    used = ", ".join(f"{cost[r][mine].sum():.3g} {r}" for r in history.team.limits if cost[r][mine].any())
    print(f"{name:8} {alone[name]:.3f} a message, {used} for all")
print("limits:", history.team.limits)

# %% [markdown]
# ## Together, within the limits
# Half of the messages teach whom to ask; the other half is decided within its part of the limits. Then each limit is
# halved alone, and the work moves.

# %%
from mindshare.core.folds import split
from mindshare.histories.judge import under_limits
from mindshare.histories.side import Task

fit, test = split(history, 2, 0)[0]
limits = dict(history.team.limits)
many = {"as they are": limits} | {f"half the {r}": limits | {r: x / 2} for r, x in limits.items()}
runs = under_limits(Task(history, fit, test, (), limits, 0), many)
reached = {}
for name, run in runs.items():
    reached[name] = worth[history.truth[run.cases], run.point.verdict].mean()
    asked = {history.agent_id[k]: n for k, n in sorted(run.asked.items())}
    prices = {r: float(f"{price:.2g}") for r, price in run.prices.items()}
    print(f"{name}: {reached[name]:.3f} a message; asked {asked}; prices {prices}")

# %% [markdown]
# This is one half of one set, and luck is in it: docs/tickets.md has all five parts of the same messages, and real ones.

# %% [markdown]
# ## The allocation follows the length of a message
# A long message costs a clerk more time, and `letters` more computing.

# %%
run = runs["as they are"]
length = letters[run.cases]
quarters = np.array_split(np.argsort(length, kind="stable"), 4)
by_clerks = []
for quarter in quarters:
    cases = run.cases[quarter]
    asked = run.questions[np.isin(run.questions[:, 0], cases)]
    read = {
        who: len(np.unique(asked[np.isin(asked[:, 1], agents), 0])) / len(cases)
        for who, agents in (
            ("letters", [history.agent_id.index("letters")]),
            ("clerks (simulated)", np.flatnonzero(history.is_person)),
        )
    }
    by_clerks.append(read["clerks (simulated)"])
    print(
        f"{length[quarter].min():.0f} to {length[quarter].max():.0f} letters:",
        {who: f"{x:.0%}" for who, x in read.items()},
    )

# %% [markdown]
# ## A domain of your own
# `check_domain` says what is missing, a sentence a line. Here a domain that is not finished:

# %%
from mindshare.testing import check_domain


class Mine:
    name = "mine"
    cases = "letters to the editor"


try:
    check_domain(Mine())
except AssertionError as missing:
    told = str(missing)
print(told)

# %% [markdown]
# docs/howto/new-domain.md leads from a CSV of yours to demo, report and service. To answer messages yourself, beside
# the simulated clerks: `mindshare serve --demo tickets`.
