"""A domain that is not in the list: `FILE.py`, `FILE.py:NAME` or `MODULE:NAME`, where NAME is a domain or a class that makes one.

The file or module is run, as Python runs whatever it imports.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.domains.domain import Domain

HOWTO = "docs/howto/new-domain.md"
SUFFIX = ".py"
WORDS = {
    "name": "what it is called, a word",
    "cases": "what its cases are called, plural, such as windows",
    "training": "what it trains, or None",
}
WORKS: dict[
    str, tuple[str, str, tuple[tuple[Any, ...], dict[str, Any]]]
] = {  # with arguments as they are given
    "preflight": ("preflight(data)", "what the history has to do without", ((None,), {})),
    "terms": ("terms(data)", "labels, utility and features", ((None,), {})),
    "write": ("write(out, *, data, seed)", "writes a history", ((Path(),), {"data": None, "seed": 0})),
}


def is_own(word: str) -> bool:
    """Whether this names a file or a module, rather than a domain of the list."""
    return word.endswith(SUFFIX) or ":" in word


def own_domain(word: str) -> Domain:
    """The domain that is named; raises MindshareError, one sentence, for what is not there or is no domain."""
    place, _, name = (word, "", "") if word.endswith(SUFFIX) else word.rpartition(":")
    module = _file(Path(place)) if place.endswith(SUFFIX) else _module(place, word)
    return _made(_named(module, place, name) if name else _only(module, place), word)


def what_is_missing(found: object) -> list[str]:
    """What an object has not that a domain has, each as "no ..."; empty for a domain."""
    missing = [f"no `{name}` ({what})" for name, what in WORDS.items() if not hasattr(found, name)]
    for name in ("name", "cases"):
        told = getattr(found, name, "")
        if not isinstance(told, str):
            missing.append(f"no `{name}` that is a text ({told!r})")
    for name, (called, what, (given, named)) in WORKS.items():
        method = getattr(found, name, None)
        if not callable(method):
            missing.append(f"no `{called}` ({what})")
            continue
        try:
            inspect.signature(method).bind(*given, **named)
        except TypeError as wrong:
            missing.append(f"no `{name}` that can be called as {called} ({wrong})")
    return missing


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise MindshareError(f"There is no file {path}. Name one that holds a domain ({HOWTO}).")
    name = f"mindshare_own_{path.stem}"  # of its own: a file called json.py must not stand in for json
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)  # where dataclasses look for their annotations
    _beside(path.resolve().parent)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, UnicodeDecodeError, ImportError) as wrong:
        raise MindshareError(f"{path} cannot be read: {_why(wrong)}.") from wrong
    return module


def _module(name: str, word: str) -> ModuleType:
    _beside(Path.cwd())
    try:
        return import_module(name)
    except (SyntaxError, UnicodeDecodeError, ImportError, ValueError) as wrong:
        raise MindshareError(
            f"The module '{name}' of '{word}' cannot be imported from here: {_why(wrong)}."
        ) from wrong


def _beside(folder: Path) -> None:
    """Modules beside the file are found, as where Python runs a script."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _why(wrong: Exception) -> str:
    told = " ".join(str(wrong).split()).rstrip(".")
    return f"line {wrong.lineno}, {wrong.msg}" if isinstance(wrong, SyntaxError) else told


def _named(module: ModuleType, place: str, name: str) -> object:
    if not hasattr(module, name):
        there = [each for each in vars(module) if not each.startswith("_")]
        raise MindshareError(
            f"{place} has no '{name}'.{nearest(name, there) or f' Its domain is called otherwise ({HOWTO}).'}"
        )
    found: object = getattr(module, name)
    return found


def _only(module: ModuleType, place: str) -> object:
    """The one class of a file that has anything of a domain."""
    own = [
        each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__
    ]
    found = [each for each in own if any(hasattr(each, name) for name in WORKS)]
    if len(found) != 1:
        names = [each.__name__ for each in found]
        which = f"{len(names)} domains, {listed(names)}" if names else "no domain"
        raise MindshareError(
            f"{place} has {which}; say which object is meant, such as {place}:{(names or ['Desk'])[0]} ({HOWTO})."
        )
    return found[0]


def _made(found: object, word: str) -> Domain:
    """The domain itself; of a class one that is made without arguments."""
    if inspect.isclass(found):
        try:
            inspect.signature(found).bind()
        except TypeError as wrong:
            raise MindshareError(
                f"{word} cannot be made without arguments ({wrong}); give them values, or name an object that is made already."
            ) from wrong
        found = found()
    missing = what_is_missing(found)
    if missing:
        raise MindshareError(f"{word} is no domain: it has {', '.join(missing)} ({HOWTO}).")
    return cast("Domain", found)
