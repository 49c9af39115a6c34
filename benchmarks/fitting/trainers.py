"""The same net learnt by us at our defaults, and by others' trainers at a stated rate: same batch, same data.

Each returns the CPU seconds of the fit and the trained net's accuracy on the cases that judge. What is not learning is left out for the
others: importing, reading, making tensors. Ours is charged for all that `fit` does.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from fitting.splits import Split
from mindshare import Budget
from mindshare.core.errors import OverBudget
from mindshare.machines.learn.steps import one_cycle
from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.inputs import read_inputs
from mindshare.machines.parts.net import Net, Spec, tensors

DECAY = 0.01
os.environ.setdefault("WANDB_DISABLED", "true")
warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class How(NamedTuple):
    """How to learn: `epochs` at a `rate`, which is constant, or the top of a one-cycle schedule. Of ours `cpu_s` is all that is said."""

    epochs: int = 0
    rate: float = 0.0
    cycle: bool = False
    cpu_s: float = 0.0

    def __str__(self) -> str:
        if self.cpu_s:
            return f"defaults, budget of {self.cpu_s:g} CPU s"
        return f"{'one-cycle' if self.cycle else 'constant'} {self.rate:g}, {self.epochs} epochs"


class Prepared:
    """Tensors of one split, and a fresh net, for whoever trains."""

    def __init__(self, model: NetModel, split: Split, seed: int) -> None:
        X, y, new, truth = split
        self.model, self.split, self.seed = model, split, seed
        inputs, there = read_inputs(X, model.reads), read_inputs(new, model.reads)
        self.classes = np.unique(y)
        self.y, self.truth = (
            torch.from_numpy(np.searchsorted(self.classes, y)),
            np.searchsorted(self.classes, truth),
        )
        self.values, self.mask = tensors(inputs)
        self.there = tensors(there)
        channels = (
            0 if model.reads == "text" else int(inputs.values.shape[2 if model.reads == "series" else 1])
        )
        spec = Spec(reads=model.reads, channels=channels, outputs=len(self.classes), classes=True, most=0)
        torch.manual_seed(seed)
        self.net: Net = model.build(spec)
        with torch.no_grad():
            self.net.settle(inputs, self.y.numpy())

    def accuracy(self) -> float:
        self.net.eval()
        with torch.inference_mode():
            out = torch.cat(
                [
                    self.net(
                        self.there[0][i : i + 256],
                        None if self.there[1] is None else self.there[1][i : i + 256],
                    )[0]
                    for i in range(0, len(self.truth), 256)
                ]
            )
        return float((out.argmax(1).numpy() == self.truth).mean())

    def dataset(self) -> TensorDataset:
        mask = self.mask if self.mask is not None else torch.ones(len(self.y), 1, dtype=torch.bool)
        return TensorDataset(self.values, mask, self.y)


class Logits(nn.Module):
    """The net as others expect it: tensors in, logits out; cut to the longest of the batch."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if self.net.spec.reads == "image":
            return self.net(values, None)[0]
        longest = max(int(mask.sum(dim=1).max()), 1)
        return self.net(values[:, :longest], mask[:, :longest])[0]


def ours(p: Prepared, how: How, batch: int) -> tuple[float, float]:  # noqa: ARG001 - its own default
    """Nothing is said but the budget; (0, 0) where that is too little for a step."""
    X, y, new, truth = p.split
    start = time.process_time()
    try:
        model = p.model.fit(X, y, budget=Budget(limit={"cpu_s": how.cpu_s}))
    except OverBudget:
        return 0.0, 0.0
    return time.process_time() - start, model.score(new, truth)


def by_epoch(p: Prepared, how: How, batch: int) -> list[float]:
    """Accuracy after each epoch of a plain loop, as the others' trainers run it."""
    model, n = Logits(p.net), len(p.y)
    values, mask, target = p.dataset().tensors
    opt = torch.optim.AdamW(model.parameters(), lr=how.rate, weight_decay=DECAY)
    parts, right = -(-n // batch), list[float]()
    for epoch in range(how.epochs):
        model.train()
        for i, at in enumerate(torch.randperm(n).split(batch)):
            for group in opt.param_groups:
                share = one_cycle((epoch + i / parts) / how.epochs) if how.cycle else 1.0
                group["lr"] = how.rate * share
            opt.zero_grad()
            nn.functional.cross_entropy(model(values[at], mask[at]), target[at]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
        if not how.cycle or epoch == how.epochs - 1:
            right.append(p.accuracy())
    return right


def by_skorch(p: Prepared, how: How, batch: int) -> tuple[float, float]:
    epochs, rate, cycle, _ = how
    from skorch import NeuralNetClassifier
    from skorch.callbacks import LRScheduler

    steps = epochs * -(-len(p.y) // batch)
    more = {}
    if cycle:
        more["callbacks"] = [
            LRScheduler(
                torch.optim.lr_scheduler.LambdaLR,
                lr_lambda=lambda s: one_cycle(s / steps),
                step_every="batch",
            )
        ]
    net = NeuralNetClassifier(
        Logits(p.net),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=DECAY,
        lr=rate,
        batch_size=batch,
        max_epochs=epochs,
        train_split=None,
        verbose=0,
        iterator_train__shuffle=True,
        **more,
    )
    data = p.dataset()
    start = time.process_time()
    net.fit({"values": data.tensors[0], "mask": data.tensors[1]}, p.y)
    took = time.process_time() - start
    p.net = net.module_.net
    return took, p.accuracy()


def by_lightning(p: Prepared, how: How, batch: int) -> tuple[float, float]:
    epochs, rate, cycle, _ = how
    import lightning

    steps = epochs * -(-len(p.y) // batch)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Logits(p.net)

        def training_step(self, rows: Any, _: int) -> torch.Tensor:
            values, mask, y = rows
            return nn.functional.cross_entropy(self.inner(values, mask), y)

        def configure_optimizers(self) -> Any:
            opt = torch.optim.AdamW(self.parameters(), lr=rate, weight_decay=DECAY)
            if not cycle:
                return opt
            schedule = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: one_cycle(s / steps))
            return {"optimizer": opt, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=1.0,
    )
    loader = DataLoader(p.dataset(), batch_size=batch, shuffle=True)
    start = time.process_time()
    trainer.fit(Module(), loader)
    return time.process_time() - start, p.accuracy()


def by_hf(p: Prepared, how: How, batch: int) -> tuple[float, float]:
    epochs, rate, cycle, _ = how
    from transformers import PrinterCallback, Trainer, TrainingArguments

    class WithLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Logits(p.net)

        def forward(
            self, values: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor
        ) -> dict[str, torch.Tensor]:
            return {"loss": nn.functional.cross_entropy(self.inner(values, mask), labels)}

    class Rows(Dataset):  # type: ignore[type-arg]
        def __init__(self) -> None:
            self.data = p.dataset()

        def __len__(self) -> int:
            return len(self.data)

        def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
            values, mask, y = self.data[i]
            return {"values": values, "mask": mask, "labels": y}

    steps = epochs * -(-len(p.y) // batch)
    model = WithLoss()
    opt = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: one_cycle(s / steps) if cycle else 1.0)
    args = TrainingArguments(
        output_dir="/tmp/hf",
        num_train_epochs=epochs,
        per_device_train_batch_size=batch,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        seed=p.seed,
    )
    trainer = Trainer(model=model, args=args, train_dataset=Rows(), optimizers=(opt, schedule))
    trainer.remove_callback(PrinterCallback)
    start = time.process_time()
    trainer.train()
    return time.process_time() - start, p.accuracy()


TRAINERS = {"Mindshare": ours, "skorch": by_skorch, "Lightning": by_lightning, "HF Trainer": by_hf}
__all__ = ["TRAINERS", "How", "Prepared", "by_epoch"]
