"""The OpenAPI of all routes: FastAPI's, and the raw ones described here; each operation with the least role that it needs."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from mindshare.engine.incoming import NewCase
from mindshare.web import shapes
from mindshare.web.roles import Role, said_of
from mindshare.web.routes import hot

REF = "#/components/schemas/{name}"
IN = (NewCase, hot.AnswerIn, hot.NextIn, hot.OutcomeIn)
OUT = (shapes.CaseOut, shapes.Leased, shapes.Heard, shapes.Error)
Tree = dict[str, Any]


def described(app: FastAPI) -> Tree:
    """Made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = made["components"]["schemas"]
        schemas |= _schemas()
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        made["paths"].setdefault(hot.CASES, {})["post"] = _of_cases()
        made["paths"].setdefault(hot.NEXT, {})["post"] = _of_next()
        made["paths"].setdefault(hot.ANSWERS, {})["post"] = _of_answers()
        made["paths"].setdefault(hot.OUTCOMES, {})["post"] = _of_outcomes()
        for operations in made["paths"].values():
            for operation in operations.values():
                _with_errors(operation)
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        app.openapi_schema = made
    return app.openapi_schema


def _schemas() -> Tree:
    _, told = msgspec.json.schema_components(IN, ref_template=REF)
    for shape in OUT:
        whole = shape.model_json_schema(ref_template=REF.replace("{name}", "{model}"), mode="serialization")
        told |= whole.pop("$defs", {})
        told[shape.__name__] = whole
    return told


def _with_errors(operation: Tree) -> None:
    """Every error has one shape."""
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = _answer("Why it was not done.", _ref("Error"))


def _of_cases() -> Tree:
    one = _ref("NewCase")
    each = {"type": "array", "items": {"anyOf": [_ref("CaseOut"), _ref("Error")]}}
    return {
        **_of(hot.take_cases, Role.lead, {"anyOf": [one, _several(one)]}),
        "responses": {
            "202": _answer("The case as it stands.", _ref("CaseOut")),
            "207": _answer("Each case by itself.", each),
        },
    }


def _of_next() -> Tree:
    return {
        **_of(hot.next_case, Role.person, _ref("NextIn")),
        "responses": {
            "200": _answer("A case under a lease.", _ref("Leased")),
            "204": {"description": "There is none in time."},
        },
    }


def _of_answers() -> Tree:
    return {
        **_of(hot.answers, Role.person, _ref("AnswerIn")),
        "responses": {
            "200": _answer(
                "The case, as far as the caller may know.", {"anyOf": [_ref("Heard"), _ref("CaseOut")]}
            )
        },
    }


def _of_outcomes() -> Tree:
    one = _ref("OutcomeIn")
    each = {"type": "array", "items": {"anyOf": [_ref("CaseOut"), _ref("Error")]}}
    return {
        **_of(
            hot.outcomes,
            Role.lead,
            {"anyOf": [one, _several(one)]},
        ),
        "responses": {
            "200": _answer("The case as it stands.", _ref("CaseOut")),
            "207": _answer("Each outcome by itself.", each),
        },
    }


def _of(route: Any, role: Role, body: Tree) -> Tree:
    name = str(route.__name__)
    return {
        "summary": name.replace("_", " ").capitalize(),
        "description": str(route.__doc__),
        "operationId": name,
        "requestBody": {"required": True, "content": {hot.JSON: {"schema": body}}},
        **said_of(role),
    }


def _several(one: Tree) -> Tree:
    """A list, of which each part that is not `one` is refused by itself."""
    return {"type": "array", "items": {"anyOf": [one, {}]}, "description": f"{hot.MOST_CASES} at most."}


def _answer(what: str, schema: Tree) -> Tree:
    return {"description": what, "content": {hot.JSON: {"schema": schema}}}


def _ref(name: str) -> Tree:
    return {"$ref": REF.format(name=name)}
