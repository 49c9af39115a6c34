"""`mindshare what-if`: other limits or prices, judged on the log of a service, whether it runs or not."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from mindshare.cli.backtested import as_json
from mindshare.cli.served import limit_of
from mindshare.cli.terminal import progress, say
from mindshare.cli.words import prices_of
from mindshare.core.errors import MindshareError
from mindshare.engine.folder import is_service
from mindshare.histories.places import check_file, write_whole


def run_what_if(folder: Path, limits: Sequence[str], prices: Sequence[str], out: Path | None) -> None:
    """Prints what was found and what the log cannot judge, and writes all of it to `out`."""
    if not is_service(folder):
        raise MindshareError(f"There is no service in {folder}.")
    supposed, priced = dict(map(limit_of, limits)), prices_of(prices)
    check_file(out)
    with progress("What if") as tell, tempfile.TemporaryDirectory(prefix="mindshare-") as place:
        from mindshare.engine.supposed import WhatIf, judged  # takes a second: mistakes are told at once

        result = judged(folder, Path(place), WhatIf({**supposed}, None, priced), tell or (lambda *_: None))
    say(
        *result["says"],
        "",
        "What a log cannot judge:",
        *(f"- {sentence}" for sentence in result["not_learnable"]),
    )
    if out is not None:
        text = as_json(result)
        write_whole(out, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
        say(f"JSON: {out}")
