# do not pre-load
"""Bits: a small set of numbers (minutes, hours, days) as one int, bit n standing for n.

The next or previous member is a single integer operation, and a set of 60 takes 32 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable


def bits(numbers: Iterable[int]) -> int:
    """Return the set of these numbers; none may be negative."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def at_least(mask: int, number: int) -> int:
    """Return the smallest member that is >= `number` (0 or more), or -1."""
    rest = mask >> number
    return number + (rest & -rest).bit_length() - 1 if rest else -1


def at_most(mask: int, number: int) -> int:
    """Return the largest member that is <= `number` (-1 or more), or -1."""
    return (mask & ((1 << number + 1) - 1)).bit_length() - 1
