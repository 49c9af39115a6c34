"""Small sets of series, texts, images and tables: shipped by packages, or made with a seed. A set: kind, cases, labels, how many teach."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from fitting.splits import Split, split
from numpy.typing import NDArray

Rng = np.random.Generator


class Set(NamedTuple):
    """`X`, `y` of all cases; `train` of them teach, the others judge."""

    kind: str
    X: Any
    y: NDArray[Any]
    train: int

    def split(self, seed: int) -> Split:
        return split(self.X, self.y, self.train, seed)


# -- series ----------------------------------------------------------------------------------------------------------
def cylinder_bell_funnel() -> Set:
    """One plateau, ramp up or ramp down somewhere in 128 steps of noise (Saito 1994)."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 930)
    X = rng.normal(0, 1, (930, 128))
    for x, k in zip(X, y, strict=True):
        a = int(rng.integers(16, 33))
        b = a + int(rng.integers(32, 97))
        ramp = np.linspace(0, 1, b - a)
        x[a:b] += (6 + rng.normal()) * (np.ones(b - a), ramp, ramp[::-1])[k][: 128 - a]
    return Set("series", X, y, 60)


def control_charts() -> Set:
    """Level, cycle, trend up or down, shift up or down, in 60 steps (Alcock and Manolopoulos 1999)."""
    rng = np.random.default_rng(2)
    y, t = rng.integers(0, 6, 900), np.arange(60)
    X = rng.normal(0, 2, (900, 60))
    for x, k in zip(X, y, strict=True):
        slope, shift, at = rng.uniform(0.1, 0.4), rng.uniform(3, 10), int(rng.integers(20, 41))
        cycle = rng.uniform(4, 8) * np.sin(2 * np.pi * t / rng.uniform(10, 15))
        x[:] += (0 * t, cycle, slope * t, -slope * t, shift * (t > at), -shift * (t > at))[k]
    return Set("series", X, y, 200)


def two_patterns() -> Set:
    """Two steps, each up-down or down-up, anywhere in 128 steps (Geurts 2002)."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 4, 1_200)
    X = rng.normal(0, 1, (1_200, 128))
    for x, k in zip(X, y, strict=True):
        first, second = int(rng.integers(5, 45)), int(rng.integers(70, 105))
        for at, up in ((first, k // 2), (second, k % 2)):
            long = int(rng.integers(10, 20))
            x[at : at + long // 2] = 5 if up else -5
            x[at + long // 2 : at + long] = -5 if up else 5
    return Set("series", X, y, 300)


def frequencies() -> Set:
    """Which of four near frequencies is in the noise; phase and height change."""
    rng = np.random.default_rng(4)
    y, t = rng.integers(0, 4, 1_000), np.arange(96)
    f = np.array([0.08, 0.1, 0.125, 0.16])[y] * rng.uniform(0.96, 1.04, 1_000)
    wave = np.sin(2 * np.pi * (f[:, None] * t + rng.random((1_000, 1))))
    return Set("series", rng.uniform(0.8, 1.4, (1_000, 1)) * wave + rng.normal(0, 1, (1_000, 96)), y, 300)


def bursts() -> Set:
    """Windows of 40 to 80 steps and 3 channels: a burst in one of two, or in both together, or in neither."""
    rng = np.random.default_rng(5)
    y, X = rng.integers(0, 4, 1_000), []
    for k in y.tolist():
        x = rng.normal(0, 1, (int(rng.integers(40, 81)), 3))
        at, other = (int(rng.integers(0, len(x) - 8)) for _ in range(2))
        if k in (1, 3):
            x[at : at + 8, 0] += 1.8
        if k in (2, 3):
            x[(at if k == 3 else other) :][:8, 1] += 1.8
        X.append(x.astype(np.float32))
    return Set("series", X, y, 400)


# -- texts -----------------------------------------------------------------------------------------------------------
PACKAGES = ("numpy", "scipy.stats", "scipy.signal", "scipy.special", "scipy.optimize", "sklearn", "polars")
PARTS = {
    "numpy": ("numpy", "numpy.linalg", "numpy.fft", "numpy.ma", "numpy.char"),
    "sklearn": tuple(f"sklearn.{p}" for p in ("metrics", "preprocessing", "linear_model", "datasets", "svm")),
    "polars": ("polars", "polars.Expr", "polars.DataFrame", "polars.LazyFrame"),
}


def docstrings() -> Set:
    """Of which package is this, by 160 characters of a docstring that do not name it."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for place in PARTS.get(package, (package,)):
            owner, _, name = place.rpartition(".")
            holder = (
                getattr(importlib.import_module(owner), name)
                if name[:1].isupper()
                else importlib.import_module(place)
            )
            for each in sorted(n for n in dir(holder) if not n.startswith("_")):
                text = inspect.getdoc(getattr(holder, each, None)) or ""
                body = " ".join(line for line in text.splitlines() if "(" not in line and ">>>" not in line)
                body = " ".join(
                    w for w in body.split() if not any(p.split(".")[0] in w.lower() for p in PACKAGES)
                )
                if len(body) > 60 and not body.startswith(("str(", "int(")):
                    found.setdefault(body[:160], package)
    return Set("text", list(found), np.array(list(found.values())), 500)


ENGLISH = {
    "billing": [
        "charged twice",
        "wrong invoice",
        "my card was debited",
        "refund of the fee",
        "the price is not what I saw",
    ],
    "delivery": [
        "parcel has not arrived",
        "driver left it outside",
        "tracking does not move",
        "sent to another address",
    ],
    "login": ["cannot sign in", "password link has expired", "my account is locked", "the code never comes"],
    "bug": [
        "app closes at once",
        "page stays white",
        "the button does nothing",
        "export gives an empty file",
    ],
    "praise": [
        "thank you for the help",
        "works very well now",
        "your colleague was kind",
        "happy with the service",
    ],
}
AROUND = [
    "hello",
    "since monday",
    "for two days",
    "please look at it",
    "as I wrote before",
    "on my phone",
    "order 4711",
    "I am a customer for years",
    "regards",
    "what now",
    "it is urgent",
    "after the update",
]
CHINESE = {
    "账单": ["扣了两次款", "发票金额不对", "多收了手续费", "请把钱退给我", "价格和页面上不一样"],
    "物流": ["包裹还没有到", "快递放在门外", "物流信息一直不动", "送到别的地址去了"],
    "登录": ["登不上去", "密码链接过期了", "账号被锁住了", "验证码一直收不到"],
    "故障": ["软件一打开就退出", "页面一片空白", "按钮点了没有反应", "导出的文件是空的"],
    "表扬": ["谢谢你们的帮助", "现在很好用", "客服态度很好", "对服务很满意"],
}
AROUND_CHINESE = [
    "你好",
    "从星期一开始",
    "已经两天了",
    "麻烦看一下",
    "之前也说过",
    "在手机上",
    "订单号四七一一",
    "我是老客户",
    "怎么办",
    "比较着急",
    "更新以后",
]


def _tickets(told: dict[str, list[str]], around: list[str], seed: int, space: str) -> Set:
    """A phrase of the label among others, letters lost; in a third also a phrase of another label, as what is not the matter."""
    rng = np.random.default_rng(seed)
    labels, X, y = list(told), [], []
    for _ in range(1_100):
        k = int(rng.integers(len(labels)))
        parts = [str(rng.choice(told[labels[k]]))] + [
            str(p) for p in rng.choice(around, int(rng.integers(2, 6)))
        ]
        if rng.random() < 0.6:  # the matter is said twice more often than what is not the matter
            parts.append(str(rng.choice(told[labels[k]])))
        if rng.random() < 0.5:
            parts.append(str(rng.choice(told[labels[int(rng.integers(len(labels)))]])))
        text = space.join(np.array(parts)[rng.permutation(len(parts))].tolist())
        X.append("".join(c for c in text if rng.random() > 0.12))
        y.append(labels[k])
    return Set("text", X, np.array(y), 300)


# -- images ----------------------------------------------------------------------------------------------------------
def digits() -> Set:
    from sklearn.datasets import load_digits

    data = load_digits()
    return Set("image", data.images.astype(np.float32), data.target, 500)


def shapes() -> Set:
    """A ring, a square, a cross or a triangle of any size anywhere in 16 x 16 pixels."""
    rng = np.random.default_rng(8)
    y, X = rng.integers(0, 4, 1_300), rng.normal(0, 0.35, (1_300, 16, 16))
    rows, columns = np.mgrid[:16, :16]
    for x, k in zip(X, y, strict=True):
        size, (r, c) = rng.uniform(3, 5), rng.uniform(5, 11, 2)
        a, b = np.abs(rows - r), np.abs(columns - c)
        ring = np.abs(np.hypot(rows - r, b) - size) < 0.8
        square = np.abs(np.maximum(a, b) - size) < 0.8
        cross = (np.minimum(a, b) < 0.8) & (np.maximum(a, b) <= size)
        down = rows - r + size
        triangle = (np.abs(b - down / 2) < 0.8) & (down >= 0) & (down <= 2 * size) | (
            np.abs(down - 2 * size) < 0.8
        ) & (b <= size)
        x[:] += (ring, square, cross, triangle)[k]
    return Set("image", X.astype(np.float32), y, 500)


def weaves() -> Set:
    """Stripes of one of four directions and any phase, in 12 x 12 pixels of noise."""
    rng = np.random.default_rng(9)
    y = rng.integers(0, 4, 1_200)
    rows, columns = np.mgrid[:12, :12]
    angle = (y * np.pi / 4 + rng.normal(0, 0.12, 1_200))[:, None, None]
    phase, f = rng.uniform(0, 2 * np.pi, (2, 1_200, 1, 1))
    wave = np.sin((0.9 + 0.1 * f) * (rows * np.sin(angle) + columns * np.cos(angle)) + phase)
    return Set("image", (wave + rng.normal(0, 0.9, (1_200, 12, 12))).astype(np.float32), y, 400)


# -- tables ----------------------------------------------------------------------------------------------------------
def shipped(name: str, train: int) -> Set:
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    return Set("table", data.data, data.target, train)


def mixed() -> Set:
    """Words and numbers, a tenth of them missing; the truth hangs on a pair of columns and on a threshold."""
    rng = np.random.default_rng(10)
    n = 1_400
    by, site = rng.choice(["chat", "mail", "phone"], n), rng.choice(list("abcdefgh"), n)
    size, age, noise = rng.normal(0, 1, n), rng.normal(0, 1, n), rng.normal(0, 1, (n, 3))
    score = 1.5 * size * np.where(by == "mail", 1, -1) + 1.2 * (age > 0.4) + 0.8 * np.isin(site, list("ace"))
    y = np.where(score + rng.normal(0, 0.7, n) > 0.8, "late", "in time")
    rows = np.column_stack([by, site, size, age, noise]).astype(object)
    for j in range(2, 7):
        rows[:, j] = rows[:, j].astype(float)
    rows[rng.random(rows.shape) < 0.1] = None
    return Set("table", rows, y, 500)


SETS: dict[str, Callable[[], Set]] = {
    "cylinder-bell-funnel": cylinder_bell_funnel,
    "control charts": control_charts,
    "two patterns": two_patterns,
    "frequencies": frequencies,
    "bursts": bursts,
    "docstrings": docstrings,
    "tickets": lambda: _tickets(ENGLISH, AROUND, 6, " "),
    "Chinese tickets": lambda: _tickets(CHINESE, AROUND_CHINESE, 7, "，"),
    "digits": digits,
    "shapes": shapes,
    "weaves": weaves,
    "iris": lambda: shipped("iris", 60),
    "wine": lambda: shipped("wine", 60),
    "breast cancer": lambda: shipped("breast_cancer", 200),
    "mixed": mixed,
}
