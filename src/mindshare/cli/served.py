"""`mindshare serve`: a folder, made where there is none; an address; then HTTP until Ctrl-C."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mindshare.cli.terminal import progress, say
from mindshare.core.errors import MindshareError, counted, listed
from mindshare.engine.create import Tell, create_service, team_of_labels
from mindshare.engine.folder import is_service
from mindshare.engine.settings import FILE, Limit, Settings
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.reports.words import amount

if TYPE_CHECKING:
    from mindshare.core.history import History, Team

PERIODS = {"hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}


class New(NamedTuple):
    """What a new service begins with."""

    start: Path | None  # a history, a file as for init, or team.yaml
    labels: str | None
    limits: Sequence[str]
    cases: float | None
    reading: Reading


class Place(NamedTuple):
    """Where it is reached."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False


def run_serve(folder: Path, new: New, place: Place) -> None:
    """Serves until Ctrl-C or SIGTERM; what was acknowledged by then is kept."""
    check_place(place)
    make_folder(folder, new)
    from mindshare.engine.service import Service
    from mindshare.web.serving import listening, serve

    with listening(place.host, place.port) as socket:
        service = Service(folder)
        try:
            tls = None if place.certificate is None or place.key is None else (place.certificate, place.key)
            serve(
                service,
                socket,
                tls,
                lambda: _say_ready(folder, place, socket.getsockname()[1], service.settings),
            )
        finally:
            service.close()
    say("Stopped. Everything that was acknowledged is kept.")


def make_folder(folder: Path, new: New) -> None:
    """Makes the folder of the service where there is none; says what is in the way where both are given."""
    from mindshare.histories.places import check_directory

    if is_service(folder):
        given = [new.start, new.labels, new.cases, *new.limits]
        if any(g is not None for g in given):
            raise MindshareError(
                f"There is a service in {folder} already. Start it with mindshare serve --folder {folder}, change"
                f" {folder / FILE}, or name another folder."
            )
        return
    if new.start is None and new.labels is None:
        raise MindshareError(
            f"There is no service in {folder} yet. Say what it starts from: mindshare serve HISTORY, mindshare serve"
            " TEAM.yaml, or mindshare serve --labels yes,no."
        )
    check_directory(folder)
    known = known_of(new)
    with progress("The first model") as tell:
        create(folder, known, settings_of(new.limits, new.cases, known), tell)


def create(folder: Path, known: History | Team, settings: Settings, tell: Tell | None) -> None:
    """Makes the folder, and says how."""
    from mindshare.core.history import History

    create_service(folder, known, settings, tell)
    if isinstance(known, History):
        say(f"New service in {folder}: its model was learnt from {counted(len(known), 'case')}.")
    else:
        say(
            f"New service in {folder}: nothing is known yet, so its model is what is assumed (docs/service.md)."
        )


def known_of(new: New) -> History | Team:
    """The history or the team that is named."""
    from mindshare.cli.reading import Origin, history_of
    from mindshare.histories.team import read_team

    if new.start is None:
        return team_of_labels((new.labels or "").split(","), "service")
    if new.labels is not None:
        raise MindshareError("Give a history or labels, not both.")
    if new.start.suffix in (".yaml", ".yml"):
        return read_team(new.start).team
    return history_of(Origin(new.start, new.reading))


def settings_of(limits: Sequence[str], cases: float | None, known: History | Team) -> Settings:
    """The settings of a new service: limits as given, else those of the team, each day."""
    from mindshare.core.history import History

    team = known.team if isinstance(known, History) else known
    told = dict(map(limit_of, limits)) or {name: Limit(x) for name, x in team.limits.items()}
    return Settings(name=team.name, limits=told, cases=cases)


def limit_of(word: str) -> tuple[str, Limit]:
    """RESOURCE=AMOUNT[/PERIOD]."""
    name, equals, rest = word.partition("=")
    number, slash, period = rest.partition("/")
    if not equals or not name or (slash and period not in PERIODS):
        raise MindshareError(
            f"--limit {word}: write RESOURCE=AMOUNT or RESOURCE=AMOUNT/day ({listed(PERIODS)}), such as people.minutes=60/day."
        )
    try:
        most = float(number)
    except ValueError:
        most = -1.0
    if not 0 <= most < float("inf"):
        raise MindshareError(f"--limit {word}: the amount must be a number >= 0. Got '{number}' instead.")
    return name, Limit(most, PERIODS[period] if slash else None)


def check_place(place: Place) -> None:
    """Refuses to be reached from elsewhere without TLS."""
    if (place.certificate is None) != (place.key is None):
        raise MindshareError("TLS needs both --certificate and --key.")
    for file in (place.certificate, place.key):
        if file is not None and not file.is_file():
            raise MindshareError(f"There is no file {file}.")
    try:
        here = place.host == "localhost" or ipaddress.ip_address(place.host).is_loopback
    except ValueError:
        here = False
    if not here and place.certificate is None and not place.behind_proxy:
        raise MindshareError(
            f"{place.host} can be reached from elsewhere. Give --certificate and --key for TLS, or --behind-proxy where a"
            " proxy in front of it speaks TLS."
        )


def _say_ready(folder: Path, place: Place, port: int, settings: Settings) -> None:
    host = f"[{place.host}]" if ":" in place.host else place.host
    url = f"{'http' if place.certificate is None else 'https'}://{host}:{port}"
    limits = [f"{name} {amount(x.limit)}{_each(x.per_s)}" for name, x in settings.limits.items()]
    say(
        f"Address: {url}",
        f"Folder:  {folder.resolve()} (how it works: {FILE}; who there is: team.yaml)",
        f"Limits:  {', '.join(limits) or 'none'}",
        f'Send a case: curl {url}/v1/cases -d \'{{"id": "case-1"}}\'',
        f"All requests: {url}/openapi.json. Stop with Ctrl-C: what is acknowledged is kept.",
    )


def _each(per_s: float | None) -> str:
    if per_s is None:
        return " in all"
    word = next((name for name, seconds in PERIODS.items() if seconds == per_s), f"{per_s:g} s")
    return f" each {word}"
