"""A parquet file is read whole, or refused in a sentence, whatever reading it does."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories import parquet
from mindshare.histories.parquet import read_parquet


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "case": ["a", None, "é"],
            "n": [1, 2, None],
            "x": [0.1, None, float("nan")],
            "said": [["yes"], [], ["no", "yes"]],
            "at": pl.Series([1, 2, 3]).cast(pl.Datetime("us")),
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    assert read_parquet(tmp_path / "t.parquet", "t.parquet").equals(frame)


@pytest.mark.parametrize("cut", [4, 100, 300])
def test_a_file_that_is_cut_short_is_refused_in_a_sentence(tmp_path: Path, cut: int) -> None:
    place = tmp_path / "t.parquet"
    pl.DataFrame({"case": [str(i) for i in range(100)]}).write_parquet(place)
    place.write_bytes(place.read_bytes()[:-cut])
    with pytest.raises(HistoryError, match=r"t\.parquet: this is not a whole parquet file"):
        read_parquet(place, "t.parquet")


def test_a_file_that_ends_the_process_that_reads_it_is_refused_and_nothing_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "t.parquet"
    pl.DataFrame({"case": ["a"]}).write_parquet(place)
    monkeypatch.setattr(
        parquet, "READ", "import os, sys; print('panicked', file=sys.stderr, flush=True); os.abort()"
    )
    with pytest.raises(HistoryError, match="Write it again"):
        read_parquet(place, "t.parquet")
    assert capfd.readouterr() == ("", "")
