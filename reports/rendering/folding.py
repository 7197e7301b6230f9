"""A table wider than its sheet is folded: parts below each other, each begun by the first column.

Pure. Nothing is left out and no word is broken: German names of figures are long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def folded(widths: Sequence[float], room: float) -> list[list[int]]:
    """Places of the columns of each part: as few and as even parts as fit into `room`. A column that
    does not fit beside the first one stands there all the same.
    """
    others = list(range(1, len(widths)))
    for most in range(len(others), 0, -1):
        # as even as this many parts can be
        size = math.ceil(len(others) / math.ceil(len(others) / most))
        parts = [[0, *others[start : start + size]] for start in range(0, len(others), size)]
        if size == 1 or all(sum(widths[place] for place in part) <= room for part in parts):
            return parts
    return [[0]]
