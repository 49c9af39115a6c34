"""Logs as lines of JSON, without personal data and contents of cases: an error is told by its type and place, never by its words."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

OURS = (
    "route",
    "method",
    "status",
    "seconds",
    "number",
    "hook",
    "account",
)  # what may be told beside the message


class JsonLines(logging.Formatter):
    """One object a line: at, level, from, what, and what else is ours to tell."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": record.getMessage(),
        }
        told |= {name: getattr(record, name) for name in OURS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)
            told["error"] = type(error).__name__
            told["where"] = [f"{f.filename.rpartition('mindshare/')[2]}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(told)


def log_as_json(level: int = logging.INFO) -> None:
    """All logs of this process go to stderr as lines of JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for quiet in ("uvicorn.access", "httpx", "httpcore"):  # they tell whole addresses
        logging.getLogger(quiet).setLevel(logging.WARNING)
