"""Promises that every implementation of an extension point keeps; ours and yours run the same lists."""

from mindshare.testing.beliefs import a_known, check_belief
from mindshare.testing.domains import check_domain
from mindshare.testing.machines import check_machine
from mindshare.testing.made import histories, made_history, relabelled, shuffled, with_answers
from mindshare.testing.sources import check_source
from mindshare.testing.store import check_store

__all__ = [
    "a_known",
    "check_belief",
    "check_domain",
    "check_machine",
    "check_source",
    "check_store",
    "histories",
    "made_history",
    "relabelled",
    "shuffled",
    "with_answers",
]
