"""Verifying names the first frame that was touched, and how; nothing but the key makes a rewritten chain pass."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import StoreError
from mindshare.store.chain import Verified, chained, followed, sealed, signed, verify
from mindshare.store.protocol import EMPTY, Body, Frame, Sealed
from mindshare.store.sqlite import open_store, open_to_read
from mindshare.testing.frames import made_frame

KEY = b"a key outside the database"
FRAMES = 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store of twelve frames, with signed checkpoints of frames 5 and 10."""
    path = tmp_path / "service.db"
    with closing(open_store(path)) as store:
        for number in range(1, FRAMES + 1):
            head = store.append([made_frame(number)])
            if number % 5 == 0:
                store.keep_checkpoint(signed(head, KEY))
    return path


def after(path: Path, *statements: str, key: bytes | None = KEY) -> Verified:
    """What is verified once somebody has run these on the file."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    with closing(open_to_read(path)) as store:
        return verify(store, key)


def rewritten(frames: Iterator[Sealed], change: Callable[[Sealed], Sealed]) -> list[Sealed]:
    """A chain that is whole again after a change: whoever can write the file can compute hashes."""
    return list(sealed((Frame(f.number, f.at, f.events) for f in map(change, frames)), EMPTY))


def test_the_hash_is_what_the_page_says() -> None:
    inner = sha256(b"events").digest()
    assert (
        chained(bytes(32), 7, 1.5, b"events")
        == sha256(bytes(32) + pack(">Q", 7) + pack(">d", 1.5) + inner).digest()
    )


def test_an_untouched_store_is_verified_whole(path: Path) -> None:
    found = after(path)
    assert (found.frames, found.checkpoints, found.head.number, found.number, found.wrong) == (
        12,
        2,
        12,
        None,
        "",
    )
    assert found.events == sum(made_frame(n).events.count(b"\n") + 1 for n in range(1, 13))
    assert after(path, key=None) == found


@pytest.mark.parametrize(
    ("statement", "number", "wrong"),
    [
        ("UPDATE frames SET events = x'7b7d' WHERE number = 7", 7, "its events or its time were changed"),
        ("UPDATE frames SET at = at + 0.01 WHERE number = 7", 7, "its events or its time were changed"),
        ("UPDATE frames SET hash = zeroblob(32) WHERE number = 7", 7, "its hash was changed"),
        ("UPDATE frames SET events = x'7b7d' WHERE number IN (7, 8)", 7, "and so was the frame after it"),
        ("UPDATE frames SET events = x'7b7d' WHERE number = 12", 12, "its events, its time or its hash was changed"),
        ("UPDATE frames SET events = 'text' WHERE number = 7", 7, "its row is damaged"),
        ("UPDATE frames SET at = NULL WHERE number = 7", 7, "its row is damaged"),
        ("UPDATE frames SET hash = NULL WHERE number = 6", 6, "its hash was changed"),
        ("DELETE FROM frames WHERE number = 7", 7, "it is missing; frame 8 comes after frame 6"),
        ("DELETE FROM frames WHERE number = 1", 1, "it is missing; frame 2 comes after frame 0"),
        ("DELETE FROM frames WHERE number > 8", 9, "it is missing; there was a frame 10"),
        ("DELETE FROM frames", 1, "it is missing; there was a frame 10"),
        ("UPDATE checkpoints SET hash = zeroblob(32) WHERE number = 5", 5, "signed with another key, or was changed"),
        ("UPDATE checkpoints SET signature = x'00' WHERE number = 10", 10, "signed with another key, or was changed"),
    ],
)  # fmt: skip
def test_verifying_names_the_first_frame_that_was_touched(
    path: Path, statement: str, number: int, wrong: str
) -> None:
    found = after(path, statement)
    assert found.number == number
    assert wrong in found.wrong
    assert found.wrong.startswith(f"Frame {number}: ") and found.wrong.endswith(".")
    assert found.frames == found.head.number == number - 1


def test_the_signature_of_another_key_is_told(path: Path) -> None:
    found = after(path, key=b"another key")
    assert (found.number, found.frames) == (5, 4)
    assert "signed with another key" in found.wrong


def test_a_chain_that_was_rewritten_whole_does_not_fit_its_checkpoints(path: Path) -> None:
    with closing(open_to_read(path)) as store:
        new = rewritten(store.frames(), lambda f: f._replace(events=b"{}") if f.number == 3 else f)
    with closing(sqlite3.connect(path)) as db:
        db.executemany(
            "UPDATE frames SET events = ?, hash = ? WHERE number = ?",
            [(f.events, f.hash, f.number) for f in new],
        )
        db.commit()
    for key in (KEY, None):
        found = after(path, key=key)
        assert found.number == 5
        assert "another hash: frames up to this one were rewritten" in found.wrong


def test_erasing_bodies_leaves_the_chain_as_it_was(path: Path) -> None:
    before = after(path)
    assert after(path, "DELETE FROM bodies") == before


def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(StoreError, match="empty"):
        signed(EMPTY, b"")


def test_a_time_of_minus_zero_is_read_back_with_the_hash_it_was_given(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "service.db")) as store:
        store.append([Frame(1, -0.0, b"{}"), Frame(2, 0, b"{}")])
        assert verify(store).wrong == ""


def test_a_digest_depends_on_the_salt() -> None:
    one, two = (Body.salted(1, b"Ada Lovelace", "person", 0.0) for _ in range(2))
    assert one.digest != two.digest
    assert one.digest == sha256(one.salt + b"Ada Lovelace").digest()
    assert len(one.salt) == 16


FRAME = st.tuples(st.floats(0, 1e12), st.binary(max_size=40))


@given(st.lists(FRAME, max_size=8), st.data())
@settings(max_examples=200)
def test_any_single_change_is_found_at_its_frame(
    parts: list[tuple[float, bytes]], data: st.DataObject
) -> None:
    times = sorted(at for at, _ in parts)
    frames = [Frame(n, at, events) for n, (at, (_, events)) in enumerate(zip(times, parts, strict=True), 1)]
    whole = list(sealed(frames, EMPTY))
    assert list(followed(whole)) == whole
    if not whole:
        return
    place = data.draw(st.integers(0, len(whole) - 1))
    frame = whole[place]
    other = data.draw(st.sampled_from([
        frame._replace(events=frame.events + b"\n"),
        frame._replace(at=frame.at + 1.0 + frame.at / 2),
        frame._replace(hash=bytes([frame.hash[0] ^ 1]) + frame.hash[1:]),
        frame._replace(number=frame.number + 1),
    ]))  # fmt: skip
    with pytest.raises(StoreError, match=f"^Frame {place + 1}: "):
        list(followed([*whole[:place], other, *whole[place + 1 :]]))
