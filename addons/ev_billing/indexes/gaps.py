"""Time that is covered, and time that is not. Spans are (start, end) in UTC epoch seconds, end excluded."""

from collections.abc import Iterable


def find_gaps(spans: Iterable[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """What of [start, end) no span covers.

    :param spans: sorted by start; parts outside of [start, end) do not matter.
    """
    found, covered = [], start
    for first, last in spans:
        if first >= end:
            break
        if first > covered:
            found.append((covered, first))
        covered = max(covered, last)
    if covered < end:
        found.append((covered, end))
    return found


def join_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in as few spans as possible, sorted."""
    joined = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def find_common(one: Iterable[tuple[int, int]], other: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The time that both cover; each sorted and without overlaps, as `join_spans` gives them."""
    one, other = list(one), list(other)
    common, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            common.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return common
