"""How far a job says that it is: whatever it hands in, numbers and a short text come out."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from docassemble.Scheduler.core.errors import JobStopped
from docassemble.Scheduler.core.progress import Progress, told
from docassemble.Scheduler.core.texts.storable import MAX_NAME
from tests.unit.runs import NOON


def progress(done, total=None, text=""):
    return Progress.of(told(done, total, text), NOON)


class Hostile:
    def __float__(self):
        raise OSError("no")

    __str__ = __repr__ = __len__ = __float__


class Sly(float):
    """A float with code of its own."""

    def __le__(self, _):
        raise OSError("no")

    __ge__ = __lt__ = __gt__ = __le__


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((3, 40), (3, 40)),
        ((2.5, 10.0), (2.5, 10)),
        ((True, Decimal("4.5")), (1, 4.5)),
        ((Fraction(1, 2), 1), (0.5, 1)),
        (("12", "40"), (12, 40)),
        ((50, 40), (50, 40)),
        ((0, 0), (0, None)),
        ((3, -1), (3, None)),
        ((-3, 40), (0, 40)),
        ((math.nan, math.nan), (0, None)),
        ((math.inf, math.inf), (0, None)),
        ((-math.inf, -math.inf), (0, None)),
        ((10**400, 10**5000), (0, None)),
        ((-(10**400), 1e300), (0, None)),
        ((None, None), (0, None)),
        ((Hostile(), Hostile()), (0, None)),
        ((Sly(3), Sly(40)), (3, 40)),
        (("three", object()), (0, None)),
        (([], {}), (0, None)),
    ],
)
def test_numbers_are_finite_and_make_sense(given, expected):
    made = progress(*given)
    assert (made.done, made.total) == expected
    assert type(made.done) is float
    assert made.total is None or type(made.total) is float


@pytest.mark.parametrize(
    ("done", "total", "share"), [(3, 40, 0.075), (50, 40, 1), (3, None, None), (0, 40, 0)]
)
def test_the_share_is_between_nothing_and_all(done, total, share):
    assert progress(done, total).share == share


@pytest.mark.parametrize("text", ["x" * 5_000_000, Hostile(), 12, None, b"bytes", ["a"] * 100_000])
def test_a_text_is_short_and_no_object_is_kept(text):
    kept = told(1, 2, text)[2]
    assert type(kept) is str
    assert len(kept) <= MAX_NAME


def test_what_stops_the_run_passes_through():
    class Interrupted:
        def __float__(self):
            raise JobStopped("now")

    with pytest.raises(JobStopped):
        told(Interrupted(), None, "")
