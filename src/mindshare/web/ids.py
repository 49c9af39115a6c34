"""Ids in addresses: a case may be called `a/b`, which is sent as `a%2Fb`, and has to arrive as one part of the path."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor


class IdConvertor(Convertor[str]):
    """`{case_id:id}`: one part of the path that `plain_path` has made."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """The id itself."""
        return unquote(value)

    def to_string(self, value: str) -> str:
        """The id as it stands in an address."""
        return quote(value, safe="")


register_url_convertor("id", IdConvertor())


def plain_path(raw: bytes) -> str:
    """The path decoded, but for the slashes and percent signs within its parts."""
    parts = (unquote(part) for part in raw.decode("latin-1").split("/"))
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)
