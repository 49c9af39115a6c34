"""Texts as words: in any language, however it writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.machines.parts.words import PLAIN, TOKENS, WORD, spans, tokens, words


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("The pump's broken.", ["The", "pump", "'", "s", "broken", "."]),
        ("水泵坏了。温度85度", ["水", "泵", "坏", "了", "。", "温", "度", "85", "度"]),
        ("ポンプが壊れた", list("ポンプが壊れた")),
        ("ปั๊มเสีย", ["ปั๊", "ม", "เ", "สี", "ย"]),
        ("पंप खराब है", ["पंप", "खराब", "है"]),
        ("насос сломан", ["насос", "сломан"]),
        ("펌프 고장", ["펌프", "고장"]),
        ("مضخة مكسورة", ["مضخة", "مكسورة"]),
        ("e\u0301te\u0301 \uff21\uff22", ["été", "AB"]),
        ("CNN模型2号", ["CNN", "模", "型", "2", "号"]),
        ("", []),
    ],
)
def test_words_are_runs_where_spaces_divide_them_and_characters_where_not(text: str, read: list[str]) -> None:
    assert words(text) == read


@given(st.text())
def test_nothing_but_white_space_is_lost(text: str) -> None:
    parts = [text[start:end] for start, end in spans(text)]
    assert "".join(parts) == "".join(text.split())
    assert len(parts) == len(words(text)) and all(0 < at < TOKENS for at in tokens(text))


@given(st.text(st.characters(max_codepoint=127)))
def test_the_fast_way_for_ascii_finds_the_same_words(text: str) -> None:
    assert PLAIN.findall(text) == WORD.findall(text)


@given(st.text(st.characters(codec="ascii")))
def test_upper_and_lower_case_are_one(text: str) -> None:
    assert tokens(text.upper()) == tokens(text.lower())
