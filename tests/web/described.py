"""What the OpenAPI says of the bodies of requests, read by tests and by docs/api.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from mindshare.web.app import routed
from mindshare.web.openapi import described

Tree = dict[str, Any]
PLAIN = {"string": "text", "integer": "number", "number": "number", "boolean": "true or false"}


def tree() -> Tree:
    """The OpenAPI of all routes."""
    return described(routed(FastAPI(title="Mindshare", version="1")))


def bodies(of: Tree) -> Iterator[tuple[str, str, Tree]]:
    """(METHOD, path, schema) of each route that takes a body; of a list of things, that of one."""
    for path, operations in sorted(of["paths"].items()):
        for method, told in operations.items():
            if "application/json" in told.get("requestBody", {}).get("content", {}) and path != "/v1/media":
                yield (
                    method.upper(),
                    path,
                    found(told["requestBody"]["content"]["application/json"]["schema"], of),
                )


def found(schema: Tree, of: Tree) -> Tree:
    """The schema itself, in place of where it is to be found; the first of several that are not null."""
    while True:
        if "$ref" in schema:
            schema = of["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = next(s for s in schema["anyOf"] if s.get("type") != "null")
        else:
            return schema


def example(schema: Tree, of: Tree) -> Any:
    """The least that is of this form."""
    schema = found(schema, of)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object" and "properties" in schema:
        needed = schema.get("required", ())
        return {name: example(s, of) for name, s in schema["properties"].items() if name in needed}
    if schema.get("type") == "object":
        return {"people.minutes": 1.0} if schema.get("minProperties") else {}
    if schema.get("format") == "uri":
        return "https://example.org/"
    short = {
        "string": "x" * schema.get("minLength", 1),
        "integer": 1,
        "number": 1.0,
        "boolean": True,
        "array": [],
    }
    return short[schema["type"]]


def worded(schema: Tree, of: Tree) -> str:
    """What it is, in few words."""
    if "anyOf" in schema:
        words = dict.fromkeys(worded(one, of) for one in schema["anyOf"] if one.get("type") != "null")
        null = ["null"] if {"type": "null"} in schema["anyOf"] else []
        return " or ".join([*words, *null])
    schema = found(schema, of)
    if "enum" in schema and len(schema["enum"]) <= 5:
        return " or ".join(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {worded(schema.get('items', {}), of)}"
    if "properties" in schema:
        return f"{{{', '.join(schema['properties'])}}}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{{name: {worded(schema['additionalProperties'], of)}}}"
    return PLAIN.get(schema.get("type", ""), "anything")
