# do not pre-load
"""Sends messages to Apache Kafka: the job `kafka.send`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docassemble.Scheduler.core.errors import SchedulerError
from docassemble.Scheduler.tasks import arguments
from docassemble.Scheduler.tasks.interruption import POLL_INTERVAL, stop_if_asked

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

#: how much longer than the message the wait for the report about it may take (seconds)
GRACE = 1.0


class KafkaSendError(SchedulerError):
    """A message that was not sent, or of which it is not known whether it has arrived."""


def send(  # noqa: PLR0913 - the arguments of a job
    server: str,
    topic: str,
    message: str | Mapping[str, Any] | list[Any],
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    config: str | Mapping[str, Any] | None = None,
    timeout: float | str = 30,
) -> str:
    """Send a message to a topic, and wait until the servers have it; return where it is.

    `server` is `host:port`, or several with commas between. The message is a text, or a mapping or list, which is
    sent as JSON. `config` has more settings of librdkafka, such as `security.protocol`, or is the name of a section
    of docassemble's configuration that has them.
    """
    record = read_record(topic, message, key=key, headers=headers)
    seconds = arguments.read_seconds(timeout, "timeout")
    settings = {
        "message.timeout.ms": int(seconds * 1000),
        "log_level": 0,  # what goes wrong is in the exception, not on the standard error of the web server
        **arguments.read_section(config, "config"),
        "bootstrap.servers": arguments.read_text(server, "server"),
    }
    troubles: list[KafkaError] = []
    producer = _producer({**settings, "error_cb": troubles.append})
    try:
        return _deliver(producer, record, seconds)
    except KafkaSendError as error:
        first = f"; {troubles[0].str()}" if troubles else ""
        raise KafkaSendError(f"the message for {topic} at {server} was not sent: {error}{first}") from error
    finally:
        producer.purge()  # what was not sent yet must not be sent later
        if hasattr(producer, "close"):  # else its threads end when nobody has the exception any more
            producer.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaRecord:
    """What is sent."""

    topic: str
    value: bytes
    key: str | None
    headers: dict[str, str | bytes | None]


def read_record(topic: object, message: object, *, key: object = None, headers: object = None) -> KafkaRecord:
    """Check what a job was given; a message that is no text becomes JSON."""
    if not isinstance(message, str | Mapping | list):
        raise arguments.InvalidArgument("`message` must be a text, a mapping or a list; quote a number")
    named = arguments.read_mapping(headers, "headers")
    return KafkaRecord(
        topic=arguments.read_text(topic, "topic"),
        value=message.encode() if isinstance(message, str) else arguments.read_json(message, "message"),
        key=None if key is None else arguments.read_text(key, "key"),
        headers={name: str(value) for name, value in named.items()},
    )


def _producer(settings: dict[str, Any]) -> Producer:
    try:
        from confluent_kafka import KafkaException, Producer
    except ImportError as error:
        raise KafkaSendError(
            "kafka.send needs the package confluent-kafka: install it on docassemble's Package Management page, "
            "or with `pip install confluent-kafka` in docassemble's environment"
        ) from error
    try:
        return Producer(settings)
    except KafkaException as error:
        raise KafkaSendError(f"the settings are refused: {error.args[0].str()}") from error


def _deliver(producer: Producer, record: KafkaRecord, seconds: float) -> str:
    """Send a record and wait for the report about it; raise KafkaSendError when it is none of success."""
    reports: list[tuple[KafkaError | None, Message]] = []
    _produce(producer, record, lambda error, message: reports.append((error, message)))
    deadline = time.monotonic() + seconds + GRACE
    while not reports:
        stop_if_asked()
        if time.monotonic() > deadline:
            raise KafkaSendError(f"nothing was reported within {seconds:g} seconds")
        producer.poll(POLL_INTERVAL)
    error, message = reports[0]
    if error is not None:
        raise KafkaSendError(error.str())
    return f"sent to {message.topic()}, partition {message.partition()}, offset {message.offset()}"


def _produce(
    producer: Producer, record: KafkaRecord, report: Callable[[KafkaError | None, Message], None]
) -> None:
    from confluent_kafka import KafkaException

    try:
        producer.produce(
            record.topic, value=record.value, key=record.key, headers=record.headers, on_delivery=report
        )
    except KafkaException as error:
        raise KafkaSendError(error.args[0].str()) from error
