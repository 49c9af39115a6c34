"""The labels of a machine as those of the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed, nearest


def places_of(
    words: Sequence[str], labels: Sequence[str], merge: Mapping[str, str], name: str
) -> NDArray[np.int64]:
    """(L',) the place of each of the machine's `words` among `labels`; `merge`: word -> label. Refused where one is none of them."""
    out = []
    for word in words:
        label = merge.get(word, word)
        if label not in labels:
            left = [one for one in labels if one not in words] or list(labels)
            alike = [one for one in labels if one.strip().casefold() == word.strip().casefold()]
            near = f" Did you mean '{alike[0]}'?" if alike else nearest(word, labels)
            raise MindshareError(
                f"The machine '{name}' tells '{word}', which is no label of the cases: {listed(labels, 20)}.{near}"
                f" Say --merge '{(alike or left)[0]}={word}' if it means that label."
            )
        out.append(list(labels).index(label))
    if len(set(out)) < len(out):
        twice = next(labels[at] for at in out if out.count(at) > 1)
        raise MindshareError(f"The machine '{name}' tells '{twice}' twice once its words are merged.")
    return np.array(out, np.int64)
