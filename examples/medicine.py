# %% [markdown]
# # Medicine: descriptions of symptoms, and who looks at them
# A description points to a diagnosis. Machines read it at different cost, doctors too. Four questions: has a machine seen a text's
# twin? Is the text outside of what machines know? Which diagnoses must a person see? And who reads what, when minutes are limited?
#
# The descriptions of this notebook are **made up**, and the doctors are **simulated** (their ids begin with `sim_`): nothing here is
# evidence about people, about real descriptions, or medical advice. The same on real descriptions: `mindshare demo medicine --data DIR`
# (docs/medicine.md). Nothing here prints a patient's text.

# %% tags=["install"]
# %pip install --quiet --editable ".."  # in Colab: after `!git clone` of the project, from its folder examples/

# %% [markdown]
# ## Twins
# A text that says nearly what another one says is its twin. A machine that has learnt from one must not be judged on the other.

# %%
import numpy as np

from mindshare.domains.medicine.machines import letters, out_of_fold
from mindshare.domains.medicine.made import made_descriptions

made = made_descriptions(seed=0, count=360)
size = np.bincount(made.parent)
print(
    f"{len(made.text)} made-up descriptions, {len(made.labels)} diagnoses; {(size[made.parent] > 1).mean():.0%} have a twin"
)
proba = out_of_fold(made, letters, 0)
right = (proba.argmax(axis=1) == made.code).mean()
among = (np.argsort(-proba, axis=1)[:, :3] == made.code[:, None]).any(axis=1).mean()
print(f"words, pairs and runs of letters: {right:.0%} right, {among:.0%} among the three likeliest")

# %% [markdown]
# ## Outside of what machines know
# `strange` says how many per cent of known texts are less strange than this one. From 95 on a text is taken for outside.

# %%
from mindshare.domains.medicine.outside import ALARM, Outside

migraine = made.labels.index("Migraine")
without = Outside().fit(made.take(np.flatnonzero(made.code != migraine)), 0)
of_banks = [
    "where is the card that you sent me",
    "what is the exchange rate of today",
    "I cannot log in to my account",
]
others = made_descriptions(seed=1, count=360)
strange = without.strange(list(others.text))
share = {
    "about a bank": (without.strange(of_banks) >= ALARM).mean(),
    "of a diagnosis that taught nobody": (strange[others.code == migraine] >= ALARM).mean(),
    "of known diagnoses, new texts": (strange[others.code != migraine] >= ALARM).mean(),
}
for what, alarmed in share.items():
    print(f"{what}: {alarmed:.0%} taken for outside")

# %% [markdown]
# ## What must not be missed
# A dangerous diagnosis that is taken for one that is not costs most. And whatever an answer would be worth, a person looks where machines
# propose a dangerous one, and where a text is outside: that is the guard's rule `mandatory_review`.

# %%
from mindshare.domains.medicine.domain import Medicine

domain = Medicine(count=360)
terms = domain.terms(None)
print("Dengue taken for Psoriasis:", terms.utility["Dengue"]["Psoriasis"])
print("Psoriasis taken for Dengue:", terms.utility["Psoriasis"]["Dengue"])
for rule in terms.live.guard["mandatory_review"]:
    print("a person looks when", rule["when"])

# %% [markdown]
# ## Together, within the limits
# The history holds no text: how long each is, how strange, and what was answered.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import mindshare as ms
from mindshare.core.folds import split
from mindshare.histories.judge import under_limits
from mindshare.histories.side import Task

with TemporaryDirectory() as place:
    history = ms.read_history(domain.write(Path(place) / "history", data=None, seed=0).path)
fit, test = split(history, 2, 0)[0]
limits = dict(history.team.limits)
run = under_limits(Task(history, fit, test, (), limits, 0), {"": limits})[""]
worth, answers = history.team.utility_matrix(), history.answers
reached, alone = worth[history.truth[run.cases], run.point.verdict].mean(), {}
for agent, name in enumerate(history.agent_id):
    mine = (answers.agent == agent) & np.isin(answers.case, run.cases)
    alone[name] = worth[history.truth[answers.case[mine]], answers.label[mine]].mean()
    print(f"{name:12} alone, on every text: {alone[name]:.3f} a text")
print(
    f"together, within {limits}: {reached:.3f} a text; asked",
    {history.agent_id[k]: n for k, n in run.asked.items()},
)

# %% [markdown]
# ## The allocation follows the length of a text

# %%
length = history.numeric("letters")[run.cases]
people = run.questions[history.is_person[run.questions[:, 1]], 0]
read = np.isin(run.cases, people)
short = length <= np.median(length)
by_length = {"shorter half": read[short].mean(), "longer half": read[~short].mean()}
print({which: f"doctors (simulated) read {x:.0%}" for which, x in by_length.items()})

# %% [markdown]
# docs/medicine.md: real descriptions, where the Transformer loses to linear machines, and who should read X-rays and ECGs.
# To see the desk: `mindshare serve --demo medicine`.
