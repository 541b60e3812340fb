"""A corner of this machine's RabbitMQ: a virtual host of its own, gone when it is closed."""

import os
import secrets
import subprocess

from devserver.errors import DevServerError

#: where RabbitMQ is, and as whom it is used; `%s` is the virtual host
URL = os.environ.get("TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/%s")


class RabbitMQ:
    """A virtual host, made with `rabbitmqctl`, for which one has to be root or RabbitMQ's own user."""

    def __init__(self) -> None:
        self._name = f"devserver-{secrets.token_hex(4)}"
        self.url = URL % self._name

    def open(self) -> None:
        """Make it; raises DevServerError when that is not possible here."""
        user = URL.partition("://")[2].partition(":")[0]
        _control("add_vhost", self._name)
        _control("set_permissions", "-p", self._name, user, ".*", ".*", ".*")

    def close(self) -> None:
        """Take it away, with all messages in it."""
        _control("delete_vhost", self._name)


def _control(*arguments: str) -> None:
    command = ["rabbitmqctl", *arguments]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DevServerError(f"{' '.join(command)}: {error}") from error
    if result.returncode:
        raise DevServerError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
