"""Which alerts go out together."""

from itertools import pairwise

import pytest

from docassemble.Scheduler.core.digest import PAUSE, SETTLE, send_at


@pytest.mark.parametrize(
    ("first", "sent", "at"),
    [
        (100, None, 100 + SETTLE),
        (100, 100 - 2 * PAUSE, 100 + SETTLE),
        (100, 95, 95 + PAUSE),
        (100, 100 + SETTLE - PAUSE, 100 + SETTLE),
    ],
    ids=["nothing before", "long ago", "just before", "at the limit"],
)
def test_the_first_is_sent_soon_and_what_follows_within_a_minute_goes_together(first, sent, at):
    assert send_at(first, sent) == at


def test_a_receiver_gets_at_most_one_message_a_minute_whenever_things_fail():
    sent, messages, waiting = None, [], None
    for second in range(600):  # something fails each second
        waiting = second if waiting is None else waiting
        if second >= send_at(waiting, sent):
            messages.append(second)
            sent, waiting = second, None
    assert messages[0] == SETTLE
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(messages))
