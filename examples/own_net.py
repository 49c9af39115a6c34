# %% [markdown]
# # A net of your own: within a budget, and as a rung of a ladder
# Nothing here is a net of Mindshare. A torch module learns with skorch, and a callback ends that within a budget and keeps the best
# state. Then it is a rung of a ladder: what its answers cost is measured, and it is asked only where that is worth its price.
# Needs `pip install 'mindshare[deep,skorch]'`.

# %%
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from skorch import NeuralNetClassifier
from torch import nn

from mindshare import Budget
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.function import Function
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.learn.skorch_budget import WithinBudget

torch.manual_seed(0)
torch.set_num_threads(1)
digits = load_digits()
images = (digits.images / 16.0).astype(np.float32)[:, None]
x, test_x, y, test_y = train_test_split(
    images, digits.target, test_size=0.3, stratify=digits.target, random_state=0
)


class OwnNet(nn.Module):
    """Any torch module: numbers in, a score for each label out."""

    def __init__(self, channels=16):
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
        )
        self.head = nn.Linear(channels * 16, 10)

    def forward(self, x):
        return self.head(self.look(x).flatten(1))


# %% [markdown]
# ## Within a budget
# `cpu_s`, `wall_s`, `mem_mb` and `steps` can be limited, alone or together. With `cycle=True` the rate rises and comes down again
# by what is spent, so that it has come down when the budget ends, however fast the machine is today.

# %%
CPU_S = 2.0


def own_net():
    """skorch's classifier, not yet learnt."""
    return NeuralNetClassifier(
        OwnNet,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.AdamW,
        lr=0.01,
        max_epochs=1_000,  # the budget ends it
        batch_size=32,
        callbacks=[WithinBudget(Budget(limit={"cpu_s": CPU_S}), cycle=True)],
        verbose=0,
    )


net = own_net().fit(x, y)
report = net.callbacks[0].report_
print(
    f"{net.score(test_x, test_y):.3f} right; {report.steps} steps for {report.total['cpu_s']:.2f} cpu_s; ended by: {report.reason}"
)

# %% [markdown]
# ## As a rung
# `Estimator` makes a machine of anything with scikit-learn's manners. The ladder fits it on parts of the cases, each time within the
# budget, learns from the others when going on to it is worth its price, and times what a batch costs.


# %%
class Flat(LogisticRegression):
    """The cheap rung: a line through the pixels."""

    def fit(self, X, y):
        return super().fit(X.reshape(len(X), -1), y)

    def predict_proba(self, X):
        return super().predict_proba(X.reshape(len(X), -1))


rungs = {"line": lambda: Estimator(Flat(max_iter=1_000)), "own net": lambda: Estimator(own_net())}
ladder = Ladder(rungs, at_once=100).fit(x, y)
for name, cost in zip(ladder.rungs_, ladder.cost_, strict=True):
    print(f"{name}: {1e6 * cost.each(100)['cpu_s']:.1f} us of CPU for each of 100 answers")
price = ladder.price_within("cpu_s", 0.5 * ladder.course({"cpu_s": 0.0}).use["cpu_s"])
for told, prices in (("at no price", {"cpu_s": 0.0}), ("at half the CPU", price)):
    climbed = ladder.answer(test_x, prices)
    right = (ladder.classes_[climbed.proba.argmax(axis=1)] == test_y).mean()
    print(
        f"{told}: {right:.3f} right, {1e6 * climbed.use['cpu_s'].mean():.1f} us, {(climbed.rung == 1).mean():.2f} answered by the net"
    )

# %% [markdown]
# ## One that has learnt already
# A module that is not to be taught any more is a function. `fit` only times it; the cases must be ones that it has not learnt from,
# or the ladder would believe it too much.

# %%
module = net.module_.eval()


def by_module(X):
    """(N, 10) probabilities."""
    with torch.inference_mode():
        return torch.softmax(module(torch.as_tensor(X)), dim=1).numpy()


machine = Function(by_module, list(range(10)), "probabilities").fit(test_x, test_y)
print(f"an answer alone costs {1e6 * machine.cost(test_x[:1])['cpu_s'][0]:.0f} us of CPU")
