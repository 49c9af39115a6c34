"""Texts of any language as words: runs of letters where a script puts spaces between words, single characters where it does not."""

from __future__ import annotations

import re
import unicodedata
import zlib

TOKENS = 8_192  # ids that words are hashed to; 0 is padding
MARKED = 0x1_1000  # above lie marks of scripts that are hardly written any more
# Han, kana, Thai, Lao, Tibetan, Burmese, Khmer: their words stand side by side without a space (Unicode Standard Annex 29, 4)
UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)
# vowels and accents that are characters of their own belong to the letter before them
MARKS = "".join(chr(c) for c in range(MARKED) if unicodedata.category(chr(c)).startswith("M"))
WORD = re.compile(rf"[{UNSPACED}][{MARKS}]*|(?:[^\W{UNSPACED}]+[{MARKS}]*)+|[^\w\s]")
PLAIN = re.compile(r"\w+|[^\w\s]")  # the same for ASCII, three times as fast


def spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each word, character and sign, in their order; between them is nothing but white space."""
    return [found.span() for found in (PLAIN if text.isascii() else WORD).finditer(text)]


def words(text: str) -> list[str]:
    """Words, characters and signs in their order. Full and half width, and other ways to write the same, are one (NFKC)."""
    if text.isascii():
        return PLAIN.findall(text)
    return [unicodedata.normalize("NFKC", word) for word in WORD.findall(text)]


def tokens(text: str) -> list[int]:
    """Words and signs as ids 1..TOKENS - 1, whatever their case; the same on every machine."""
    return [1 + zlib.crc32(word.encode()) % (TOKENS - 1) for word in words(text.lower())]
