from __future__ import annotations

from mindshare.histories.sources.table import PlainTable
from mindshare.testing import check_source


def test_a_plain_table_keeps_the_promises_of_a_source() -> None:
    examples = {
        "wide.csv": b"id,truth,ana,bot\n1,a,a,b\n2,b,b,b\n",
        "long.csv": "item;rater;label\n1;Zoë;a\n2;ben;b\n".encode("latin-1"),
        "rows.jsonl": b'{"id": 1, "rater": "ana", "label": "a"}\n{"id": 2, "rater": "ben", "label": "b"}\n',
    }
    check_source(PlainTable(), examples, foreign={})
