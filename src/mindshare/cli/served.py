"""`mindshare serve`: a folder, made where there is none; an address; then HTTP until Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mindshare.cli.terminal import progress, say
from mindshare.core.errors import MindshareError, counted, listed
from mindshare.engine.create import Tell, create_service, team_of_labels
from mindshare.engine.folder import FIRST_CASES, is_service
from mindshare.engine.settings import FILE, Limit, Settings
from mindshare.engine.sheets import wrong_sheets
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.reports.words import amount
from mindshare.web.address import Tls, check_address

if TYPE_CHECKING:
    from mindshare.core.history import History, Team
    from mindshare.engine.service import Service
    from mindshare.web.front import Front

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


class Reached(NamedTuple):
    """What whoever started it is told: the address, the code that signs a browser in, and at the first start a token."""

    url: str
    code: str
    token: str | None


def run_serve(folder: Path, new: New, place: Place) -> None:
    """Serves until Ctrl-C or SIGTERM; what was acknowledged by then is kept."""
    check_address(place.host, _tls(place), proxy=place.behind_proxy)
    make_folder(folder, new)
    serve_folder(folder, place, lambda at, service, _: _say_ready(folder, at, service))
    say("Stopped. Everything that was acknowledged is kept.")


def serve_folder(folder: Path, place: Place, ready: Callable[[Reached, Service, Front], None]) -> None:
    """The same for a folder that is there; `ready` says so, once requests are taken."""
    tls = _tls(place)
    check_address(place.host, tls, proxy=place.behind_proxy)
    from mindshare.engine.service import Service
    from mindshare.web.front import Front
    from mindshare.web.serving import listening, serve

    with listening(place.host, place.port) as socket:
        service = Service(folder)
        try:
            front = Front(service)
            url, token = _url(place, socket.getsockname()[1]), front.accounts.first_token()
            at = Reached(url, front.links.make(front.accounts.first_admin())[0], token)
            serve(service, front, socket, tls, lambda: ready(at, service, front))
        finally:
            service.close()


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
    known, first = begun_of(new)
    with progress("The first model") as tell:
        create(folder, known, settings_of(new.limits, new.cases, known), tell)
    if first:
        (folder / FIRST_CASES).write_text(json.dumps(first), encoding="utf-8")
        (folder / FIRST_CASES).chmod(0o600)
        say(f"{counted(len(first), 'case')} without a truth: send them in the browser (Setup, Cases).")


def create(folder: Path, known: History | Team, settings: Settings, tell: Tell | None) -> None:
    """Makes the folder, and says how, and of whom no times are known yet."""
    from mindshare.core.history import History
    from mindshare.histories.cannot_tell import never_timed

    create_service(folder, known, settings, tell)
    if isinstance(known, History):
        say(f"New service in {folder}: its model was learnt from {counted(len(known), 'case')}.")
        if people := never_timed(known, settings.limits):
            say(
                f"Nobody recorded how long {listed(people, 5)} took: a minute an answer is expected at first, or what others take."
                " Here every answer is timed, and the limit holds."
            )
    else:
        say(
            f"New service in {folder}: nothing is known yet, so its model is what is assumed (docs/service.md)."
        )


def begun_of(new: New) -> tuple[History | Team, list[dict[str, Any]]]:
    """The history or the team that is named; of a history also the cases whose truth nobody knows, as they are sent."""
    from mindshare.cli.reading import Origin, read_from
    from mindshare.histories.sending import without_truth
    from mindshare.histories.team import read_team

    if new.start is None:
        return team_of_labels((new.labels or "").split(","), "service"), []
    if new.labels is not None:
        raise MindshareError("Give a history or labels, not both.")
    if new.start.suffix in (".yaml", ".yml"):
        return read_team(new.start).team, []
    with read_from(Origin(new.start, new.reading)) as (history, directory):
        return history, without_truth(history, directory)


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


def _say_ready(folder: Path, at: Reached, service: Service) -> None:
    limits = [f"{name} {amount(x.limit)}{_each(x.per_s)}" for name, x in service.settings.limits.items()]
    first = (
        "that was told at the first start"
        if at.token is None
        else f"{at.token} (of admin; keep it, it is told this once)"
    )
    say(
        f"Address: {at.url}",
        f"Open:    {at.url}/setup#link={at.code} (signs your browser in, once, within 15 minutes)",
        f"Folder:  {folder.resolve()} (how it works: {FILE}; who there is: team.yaml)",
        f"Limits:  {', '.join(limits) or 'none'}",
        f"Token:   {first}",
        *(f"Note:    {FILE}: {note}" for note in service.notes or ()),
        *(f"Note:    {wrong}" for wrong in wrong_sheets(service.settings, folder)),
        f"Desk:    {at.url}/desk (where people answer; docs/desk.md says how they are invited)",
        f'Send a case: curl {at.url}/v1/cases -H "Authorization: Bearer TOKEN" -d \'{{"id": "case-1"}}\'',
        f"All requests: {at.url}/openapi.json. Stop with Ctrl-C: what is acknowledged is kept.",
    )


def _each(per_s: float | None) -> str:
    if per_s is None:
        return " in all"
    word = next((name for name, seconds in PERIODS.items() if seconds == per_s), f"{per_s:g} s")
    return f" each {word}"
