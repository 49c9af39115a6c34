"""Names that have moved are still found at their old place, for one version, with a warning."""

from __future__ import annotations

from importlib import import_module

import pytest

MOVED = [
    ("learn.memory", "memory", "largest"),
    ("nets.attention", "parts.attention", "Pool"),
    ("nets.inputs", "parts.inputs", "read_inputs"),
    ("resources.cost", "costs.model", "CostModel"),
    ("resources.cost_measure", "costs.measure", "measure"),
]


@pytest.mark.parametrize(("old", "new", "name"), MOVED)
def test_a_name_that_moved_comes_with_a_warning_that_says_where_it_is(old: str, new: str, name: str) -> None:
    home = import_module(f"mindshare.machines.{new}")
    with pytest.warns(DeprecationWarning, match=f"{old}.{name} has moved to mindshare.machines.{new}.{name}"):
        found = getattr(import_module(f"mindshare.machines.{old}"), name)
    assert found is getattr(home, name)


def test_a_name_that_never_was_is_refused_at_the_old_place_too() -> None:
    with pytest.raises(
        AttributeError, match=r"module 'mindshare\.machines\.learn\.memory' has no attribute 'most'"
    ):
        import_module("mindshare.machines.learn.memory").most  # noqa: B018


def test_a_setting_that_nobody_knows_is_refused_as_python_does() -> None:
    from mindshare.core.records import Budget
    from mindshare.machines import CNN
    from mindshare.machines.learn.search import search

    with pytest.raises(TypeError, match=r"CNN\.fit has no setting 'epochs'. It has: hard, keep, progress"):
        CNN().fit([[1.0]], [0], epochs=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"search needs validation\."):
        search(CNN(), [[1.0]], [0], {}, budget=Budget(limit={}))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        CNN(16)  # type: ignore[misc]
