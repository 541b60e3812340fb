# do not pre-load
"""Look at the certificates of hosts, and say which expire soon."""

import socket
import ssl
from collections.abc import Sequence
from datetime import datetime, timezone

from docassemble.Scheduler import current_run, log

#: how long a host may take to answer (seconds)
TIMEOUT = 10


def check(hosts: Sequence[str], days: int = 21) -> None:
    """Fail when the certificate of a host, `name` or `name:port`, is not valid, or not for so many days more."""
    run = current_run()
    assert run is not None  # only the scheduler calls this function
    problems = []
    for host in run.track(hosts, text="hosts"):
        try:
            left = days_left(host, datetime.now(timezone.utc))
        except (
            OSError
        ) as error:  # not reached, or expired, for another name, from an authority that nobody knows
            problems.append(f"{host}: {error}")
            continue
        log(f"{host}: {left} days left")
        if left < days:
            problems.append(f"{host}: its certificate expires in {left} days")
    if problems:
        raise RuntimeError("; ".join(problems))


def days_left(host: str, now: datetime) -> int:
    """Return for how many days the certificate of a host is valid; raise OSError when it is not valid now."""
    name, _, port = host.partition(":")
    with (
        socket.create_connection((name, int(port or 443)), TIMEOUT) as connection,
        ssl.create_default_context().wrap_socket(connection, server_hostname=name) as secured,
    ):
        certificate = secured.getpeercert()
    assert certificate is not None  # it was verified
    end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return (datetime.fromtimestamp(end, timezone.utc) - now).days
