from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.histories.public import PublicSet, SourceFile, convert, find, get, list_sets
from mindshare.histories.public.sources import check_files, fetch
from tests.histories import small_sources

DOC = Path(__file__).parents[2] / "docs" / "data.md"


def test_every_set_says_where_each_file_comes_from() -> None:
    for public in list_sets():
        assert all((public.title, public.licence, public.citation, public.conversion))
        for file in public.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert re.match(r"[0-9a-f]{40}", file.commit)
            assert file.path


def test_every_set_and_every_file_is_in_the_docs() -> None:
    text = DOC.read_text(encoding="utf-8")
    for public in list_sets():
        assert f"`{public.name}`" in text
        facts = [
            public.repository,
            public.citation,
            *(x for f in public.files for x in (f.path, f.commit, f.sha256)),
        ]
        assert not [fact for fact in facts if fact not in text]


def test_the_list_of_sets_comes_without_heavy_imports() -> None:
    asked = "import sys, mindshare.histories.public as p; p.list_sets(); print('polars' in sys.modules or 'sklearn' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_an_unknown_name_is_told_all_names() -> None:
    with pytest.raises(
        MindshareError, match=r"no public set 'vison'. There are: vision16, vision3, cifar10h"
    ):
        find("vison")


# What is checked before a conversion


def test_without_a_source_the_sentence_says_where_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MINDSHARE_DATA", raising=False)
    with pytest.raises(
        MindshareError, match=r"vision16' are not here: Get human_trials.csv.gz from github.com/beth"
    ):
        convert("vision16", None, tmp_path / "out")
    monkeypatch.setenv("MINDSHARE_DATA", str(tmp_path))
    with pytest.raises(
        HistoryError, match=r"nih_labels.csv.gz: the file is not in .* HEDGE is an empty answer"
    ):
        convert("nih-xray", None, tmp_path / "out")


def test_another_file_is_refused_with_both_hashes(tmp_path: Path) -> None:
    small_sources.write_small_source("convabuse", tmp_path)
    with pytest.raises(HistoryError, match=r"its sha256 is [0-9a-f]{64}, but .* tested on c054ed30"):
        convert("convabuse", tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# What get promises, against a server of our own


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    handler = partial(QuietHandler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is the base class's
        """A test's server has nothing to say."""


def toy(content: bytes, made_from: str = "") -> PublicSet:
    file = SourceFile(
        name="toy.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        path="d/toy.csv",
        commit="abc",
        made_from=made_from,
    )
    return PublicSet(
        name="toy", title="t", folder="toys", repository="me/toys", files=(file,), licence="l", citation="c", conversion="v"
    )  # fmt: skip


def serve(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "served" / "me" / "toys" / "abc" / "d"
    place.mkdir(parents=True)
    (place / "toy.csv").write_bytes(content)


def test_get_fetches_checks_and_fetches_once(server: str, tmp_path: Path) -> None:
    serve(tmp_path, b"a,b\n")
    (path,) = fetch(toy(b"a,b\n"), tmp_path / "data", server)
    assert path == tmp_path / "data" / "toys" / "toy.csv"
    assert path.read_bytes() == b"a,b\n"
    check_files(toy(b"a,b\n"), path.parent)
    assert fetch(toy(b"a,b\n"), tmp_path / "data", "http://nobody.invalid") == [path]


def test_a_wrong_file_leaves_nothing_behind(server: str, tmp_path: Path) -> None:
    serve(tmp_path, b"something else")
    with pytest.raises(HistoryError, match=r"has the sha256 [0-9a-f]{64}, but [0-9a-f]{64} is expected"):
        fetch(toy(b"a,b\n"), tmp_path / "data", server)
    assert list((tmp_path / "data" / "toys").iterdir()) == []


def test_a_missing_page_and_a_silent_host_are_said(server: str, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="answered 404"):
        fetch(toy(b""), tmp_path / "data", server)
    with pytest.raises(HistoryError, match=r"could not be fetched: .*refused.* Nothing was kept"):
        fetch(toy(b""), tmp_path / "data", "http://127.0.0.1:9")
    assert list((tmp_path / "data" / "toys").iterdir()) == []


def test_get_says_what_it_may_not_fetch(tmp_path: Path) -> None:
    for name in ("vision16", "cifar10h", "ecg", "nih-xray"):
        with pytest.raises(
            MindshareError, match=rf"'{name}' cannot be downloaded as it is used. Get .*github.com/"
        ):
            get(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
