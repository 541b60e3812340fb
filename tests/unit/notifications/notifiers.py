"""A notifier to test with: what it mails lands in a FakeHost, once `sent` has waited for it."""

import logging

from docassemble.Scheduler.core import alerts
from docassemble.Scheduler.core.alerts import AlertPolicy, FailureStreak
from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.notifications.delivery import DeliveryQueue
from docassemble.Scheduler.notifications.notifier import Notifier
from docassemble.Scheduler.testing import FakeHost

LOGGER = logging.getLogger("test.notifier")


class SharedStreaks:
    """What the servers share; `asked` counts how often."""

    def __init__(self):
        self.streaks = {}
        self.away = False
        self.asked = 0

    def count_failure(self, job, now, policy):
        self._answer()
        self.streaks[job], alert = alerts.failed(self.streaks.get(job, FailureStreak()), now, policy)
        return alert

    def count_success(self, job, policy):
        self._answer()
        self.streaks[job], alert = alerts.succeeded(self.streaks.get(job, FailureStreak()), policy)
        return alert

    def is_failing(self, job):
        """What a claim says about the job."""
        return self.streaks.get(job, FailureStreak()).failures > 0

    def _answer(self):
        self.asked += 1
        if self.away:
            raise StoreUnavailable("the memory is away")


class Mailing:
    """A notifier with all that it needs."""

    def __init__(self, clock, *, host=None, streaks=None, has_pages=True, post=None, **notify):
        self.host, self.streaks = host or FakeHost(), streaks or SharedStreaks()
        self.deliveries = DeliveryQueue(LOGGER, clock)
        self.notifier = Notifier(
            self.host,
            AlertPolicy(**notify),
            streaks=self.streaks,
            deliveries=self.deliveries,
            post=post,
            clock=clock,
            logger=LOGGER,
            has_pages=has_pages,
        )

    @property
    def sent(self):
        """The mails: subject, text and recipients of each."""
        self.flush()
        return self.host.mails

    def flush(self):
        """Have sent what waits."""
        self.notifier.flush()
        self.deliveries.finish(10)

    @property
    def subjects(self):
        return [subject.partition(": ")[2] for subject, _, _ in self.sent]
