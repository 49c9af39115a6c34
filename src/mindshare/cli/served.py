"""`mindshare serve`: a folder, made where there is none; an address; then HTTP until Ctrl-C."""

from __future__ import annotations

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
from mindshare.web.address import Tls, check_address

if TYPE_CHECKING:
    from mindshare.core.history import History, Team
    from mindshare.engine.service import Service

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
    tls = _tls(place)
    check_address(place.host, tls, proxy=place.behind_proxy)
    make_folder(folder, new)
    from mindshare.engine.service import Service
    from mindshare.web.front import Front
    from mindshare.web.serving import listening, serve

    with listening(place.host, place.port) as socket:
        service = Service(folder)
        try:
            front = Front(service)
            url, token = _url(place, socket.getsockname()[1]), front.accounts.first_token()
            serve(service, front, socket, tls, lambda: _say_ready(folder, url, token, service))
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


def _tls(place: Place) -> Tls | None:
    if place.certificate is None and place.key is None:
        return None
    if place.certificate is None or place.key is None:
        raise MindshareError("TLS needs both --certificate and --key.")
    return Tls(place.certificate, place.key)


def _url(place: Place, port: int) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"{'http' if place.certificate is None else 'https'}://{host}:{port}"


def _say_ready(folder: Path, url: str, token: str | None, service: Service) -> None:
    limits = [f"{name} {amount(x.limit)}{_each(x.per_s)}" for name, x in service.settings.limits.items()]
    first = (
        "that was told at the first start"
        if token is None
        else f"{token} (of admin; keep it, it is told this once)"
    )
    say(
        f"Address: {url}",
        f"Folder:  {folder.resolve()} (how it works: {FILE}; who there is: team.yaml)",
        f"Limits:  {', '.join(limits) or 'none'}",
        f"Token:   {first}",
        *(f"Note:    {FILE}: {note}" for note in service.notes or ()),
        f'Send a case: curl {url}/v1/cases -H "Authorization: Bearer TOKEN" -d \'{{"id": "case-1"}}\'',
        f"All requests: {url}/openapi.json. Stop with Ctrl-C: what is acknowledged is kept.",
    )


def _each(per_s: float | None) -> str:
    if per_s is None:
        return " in all"
    word = next((name for name, seconds in PERIODS.items() if seconds == per_s), f"{per_s:g} s")
    return f" each {word}"
