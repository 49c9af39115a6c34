"""`mindshare audit reliance`: how far people follow advice, from the log of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mindshare.cli.audited import log_of
from mindshare.cli.backtested import as_json
from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import say, show
from mindshare.core.errors import counted
from mindshare.engine.folder import AUDIT_KEY, secret
from mindshare.engine.gold import read_gold
from mindshare.engine.relying import reliance_told
from mindshare.engine.settings import read_settings
from mindshare.histories.places import check_file, write_whole
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team

SHARES = {
    "follows_wrong": "follows wrong",
    "follows_right": "follows right",
    "put_right": "put right",
    "kept_right": "kept right",
    "right_alone": "right alone",
    "right_shown": "right with advice",
    "too_fast": "too fast",
}
SAYS = {
    "fast": "answers faster than a case can be read",
    "follower": "takes over advice that is wrong, more often than not",
    "ignorer": "hardly ever changes an answer",
    "careful": "takes advice that is right and leaves what is wrong",
    "open": "too little is known yet",
}


def run_reliance(folder: Path, json: Path | None) -> None:
    """Prints what the log shows of each person; the same as JSON where that is asked for."""
    check_file(json)
    store, settings = log_of(folder), read_settings(folder)
    try:
        labels = {q.kind: q.labels for q in read_team(folder / TEAM).team.questions}
        told = reliance_told(store, settings, read_gold(folder, settings, labels, secret(folder, AUDIT_KEY)))
    finally:
        store.close()
    _say(folder, told)
    if json is not None:
        text = as_json(told)
        write_whole(json, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
        say(f"JSON: {json}")


def _say(folder: Path, told: dict[str, Any]) -> None:
    say(
        f"{folder}: {counted(told['answers'], 'answer')} of people, {told['with_advice']:,} with advice in sight, {told['planted']:,}"
        " with advice that was wrong on purpose."
    )
    table = Table([words("person"), words("looks like"), *figures(*SHARES.values())])
    for person in told["people"]:
        name = f"{person['id']} (SIMULATED)" if person["simulated"] else person["id"]
        table.add(
            name, f"{person['looks_like']}: {SAYS[person['looks_like']]}", *(_cell(person[s]) for s in SHARES)
        )
    if told["people"]:
        show(table)
        say(
            "In brackets: intervals of 95 %. What a person looks like is said where it holds with a probability of 90 %; docs/advice.md."
        )


def _cell(share: dict[str, Any]) -> str:
    """A share in percent with its interval; nothing where nothing was counted."""
    if not share["of"]:
        return "-"
    low, high = share["mean_95"]
    return f"{100 * share['yes'] / share['of']:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
