"""Embeddings of texts: one vector of length 1 a text, from files of a package, without the net and without running the package."""

from __future__ import annotations

import socket
import sys
from typing import Any

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.machines.simple import embeddings
from mindshare.machines.simple.embeddings import MISSING, Embeddings, has_embeddings

installed = pytest.mark.skipif(not has_embeddings(), reason=MISSING)


@installed
def test_texts_that_mean_the_like_are_nearer_than_texts_that_share_only_small_words() -> None:
    same, other = ("I have a terrible headache", "my head hurts badly"), "I have a terrible landlord"
    vectors = Embeddings().fit_transform([*same, other])
    assert vectors.shape == (3, 256) and np.allclose((vectors**2).sum(axis=1), 1.0)
    assert vectors[0] @ vectors[1] > vectors[1] @ vectors[2] + 0.1


@installed
def test_a_text_alone_has_the_vector_that_it_has_among_others_and_an_empty_one_has_none() -> None:
    texts = ["a cough", "", "我发烧三天了", "a rash on both arms"]
    together = Embeddings().fit_transform(texts)
    assert all(
        (Embeddings().transform([text])[0] == row).all() for text, row in zip(texts, together, strict=True)
    )
    assert not together[1].any() and together[2].any()
    assert Embeddings().transform([]).shape == (0, 256)


@installed
def test_reading_asks_no_net_and_runs_nothing_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the net was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    embeddings._files.cache_clear()
    Embeddings().fit_transform(["a cough"])
    assert "wordllama" not in sys.modules


@installed
def test_what_is_no_text_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^Text 1 is int, not a string\.$"):
        Embeddings().transform(["a cough", 3])


def test_without_the_extra_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)
    embeddings._files.cache_clear()
    with pytest.raises(MindshareError) as wrong:
        Embeddings().fit(["a cough"])
    assert str(wrong.value) == MISSING and not has_embeddings()


def test_a_package_without_the_files_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "wordllama").mkdir()
    (tmp_path / "wordllama" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(embeddings, "has_embeddings", lambda: True)
    embeddings._files.cache_clear()
    with pytest.raises(
        MindshareError, match=r"wordllama that is installed has no weights/.*: install it anew"
    ):
        Embeddings().fit(["a cough"])
    embeddings._files.cache_clear()
