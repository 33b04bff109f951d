import pytest
from indexes import find_gaps
from indexes.gaps import find_common, join_spans


@pytest.mark.parametrize(
    ("spans", "gaps"),
    [
        ([], [(0, 100)]),
        ([(0, 100)], []),
        ([(-50, 200)], []),
        ([(0, 40), (40, 100)], []),
        ([(10, 40), (60, 90)], [(0, 10), (40, 60), (90, 100)]),
        ([(-20, -10), (0, 50), (100, 120)], [(50, 100)]),
        ([(200, 300)], [(0, 100)]),
        ([(0, 80), (10, 20), (90, 100)], [(80, 90)]),  # a span inside another uncovers nothing
    ],
)
def test_what_no_span_covers(spans, gaps):
    assert find_gaps(spans, 0, 100) == gaps


def test_no_time_has_no_gap():
    assert find_gaps([], 5, 5) == []


def test_spans_are_joined_where_they_touch():
    assert join_spans([(5, 9), (0, 3), (3, 5), (20, 30), (22, 25)]) == [(0, 9), (20, 30)]


def test_common_time():
    assert find_common([(0, 10), (20, 30)], [(5, 22), (29, 40)]) == [(5, 10), (20, 22), (29, 30)]
    assert find_common([(0, 10)], [(10, 20)]) == []
