"""The pages that people see, and the files that they are made of; what is on them comes from the API, with the token of whoever looks.

No cookie is set and no page holds data, so there is nothing to forge or to frame. Scripts come from this address only, and one by its
digest: the map that tells where modules are (Content Security Policy, level 3).
"""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, normpath
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape

from mindshare.core.errors import NotThere

router = APIRouter(include_in_schema=False)
HERE = Path(__file__).parent
STATIC = HERE / "static"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
MODULES = {
    "preact": "vendor/preact.mjs",
    "preact/hooks": "vendor/hooks.mjs",
    "htm": "vendor/htm.mjs",
    "uplot": "vendor/uplot.mjs",
}
PAGES = {"desk": "Desk", "board": "Board", "setup": "Setup", "sheets": "Sheets"}
# only the page of sheets holds frames and sends forms, both of this address
FRAMES = {"sheets": ("frame-src 'self'", "form-action 'self'")}


class Held(NamedTuple):
    """A file as it is sent; `tag` changes with its contents."""

    data: bytes
    media: str
    tag: str


@cache
def files() -> dict[str, Held]:
    """Name below /static -> file; nothing else can be asked for."""
    found = (p for p in STATIC.rglob("*") if p.suffix in TYPES)
    return {p.relative_to(STATIC).as_posix(): _held(p.read_bytes(), TYPES[p.suffix]) for p in found}


@cache
def page_of(name: str) -> tuple[bytes, str]:
    """A page, and what it may load."""
    where = json.dumps({"imports": {module: f"/static/{file}" for module, file in MODULES.items()}})
    digest = base64.b64encode(sha256(where.encode()).digest()).decode()
    made = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
    needed = _needed(f"{name}.js")
    text = made.get_template("page.html").render(title=PAGES[name], modules=where, needed=needed)
    return text.encode(), "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'sha256-{digest}'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            *FRAMES.get(name, ("form-action 'none'",)),
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",  # no text becomes markup or code, whatever a script does
            "trusted-types 'none'",
        )
    )


def _needed(name: str) -> list[str]:
    """The files that a module needs from its beginning, so that a browser can ask for all of them at once; itself is the last one."""
    found: dict[str, None] = {}
    for told in re.findall(
        r'^import (?:.*? from )?"([^"]+)";$', (STATIC / name).read_text(encoding="utf-8"), re.M
    ):
        inner = MODULES.get(told) or normpath(f"{dirname(name)}/{told}").lstrip("/")
        found |= dict.fromkeys([inner] if told in MODULES else _needed(inner))
    return [*found, name]


def _held(data: bytes, media: str) -> Held:
    return Held(data, media, f'"{sha256(data).hexdigest()[:24]}"')


@router.get("/")
async def begin() -> Response:
    """The desk."""
    return RedirectResponse("/desk")


@router.get("/desk")
@router.get("/board")
@router.get("/setup")
@router.get("/sheets")
async def page(request: Request) -> Response:
    """Where people answer, where a lead steers, where a service is set up, and where sheets are opened."""
    text, policy = page_of(request.url.path.strip("/"))
    return Response(
        text,
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
    )


@router.get("/static/{name:path}")
async def file(request: Request, name: str) -> Response:
    """What a page is made of; asked for again it is sent only if it has changed."""
    held = files().get(name)
    if held is None:
        raise NotThere("There is no such file.")
    headers = {"ETag": held.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == held.tag:
        return Response(status_code=304, headers=headers)
    return Response(held.data, media_type=held.media, headers=headers)
