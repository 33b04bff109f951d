import pytest
from rating import RatingError
from rating.series import IndexSeries

# 10:00-10:15 at 50, 10:15-10:30 at -3.25, a gap, 10:45-11:00 at 0 and provisional
SERIES = IndexSeries(
    7, "BE", (36000, 36900, 38700), (36900, 37800, 39600), (50_000_000, -3_250_000, 0), (True, True, False)
)


@pytest.mark.parametrize(
    ("epoch", "found"),
    [
        (35999, None),  # before
        (36000, (50_000_000, True)),
        (36899, (50_000_000, True)),
        (36900, (-3_250_000, True)),  # the end belongs to the next value
        (37799, (-3_250_000, True)),
        (37800, None),  # the gap
        (38699, None),
        (38700, (0, False)),
        (39600, None),  # after
    ],
)
def test_value_in_force_at_a_moment(epoch, found):
    assert SERIES.find(epoch) == found


def test_empty_series_knows_nothing():
    assert IndexSeries(7, "BE").find(0) is None
    assert len(IndexSeries(7, "BE")) == 0
    assert len(SERIES) == 3


@pytest.mark.parametrize(
    ("starts", "ends", "why"),
    [
        ((0, 900), (900,), "as many"),
        ((900,), (900,), "end after"),
        ((900, 0), (1800, 900), "sorted"),
        ((0, 899), (900, 1800), "overlap"),
        ((0, 0), (900, 900), "overlap"),
    ],
)
def test_series_that_mean_nothing_are_refused(starts, ends, why):
    with pytest.raises(RatingError, match=why):
        IndexSeries(7, "BE", starts, ends, (1,) * len(starts), (True,) * len(starts))
