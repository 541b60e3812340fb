"""`kafka.send`, over the wire to a cluster that librdkafka plays."""

from __future__ import annotations

import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.tasks import kafka
from docassemble.Scheduler.tasks.arguments import InvalidArgument
from docassemble.Scheduler.tasks.kafka import KafkaSendError


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The addresses of two brokers on this machine; they live as long as the client that made them."""
    owner = Producer({"test.mock.num.brokers": 2, "log_level": 0})
    brokers = owner.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    del owner


@pytest.fixture
def topic() -> str:
    return f"orders-{secrets.token_hex(4)}"


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where somebody listens but never says anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        yield f"127.0.0.1:{deaf.getsockname()[1]}"


def received(server: str, topic: str, count: int = 1) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": server, "group.id": "test", "log_level": 0})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    # without a group, which takes its time to find together
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    messages: list[Message] = []
    deadline = time.monotonic() + 20
    try:
        while len(messages) < count and time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                messages.append(message)
    finally:
        consumer.close()
    return messages


def test_a_consumer_reads_the_message_with_its_key_and_headers(server: str, topic: str) -> None:
    result = kafka.send(
        server, topic, "Zo\xeb has paid", key="42", headers={"source": "docassemble", "try": 1}
    )
    [message] = received(server, topic)
    assert message.value() == "Zo\xeb has paid".encode()
    assert message.key() == b"42"
    assert message.headers() == [("source", b"docassemble"), ("try", b"1")]
    assert result == f"sent to {topic}, partition {message.partition()}, offset {message.offset()}"


def test_what_is_no_text_is_sent_as_json(server: str, topic: str) -> None:
    kafka.send(server, topic, {"order": 42, "paid": True}, key="same")
    kafka.send(server, topic, [1, None], key="same")
    assert [message.value() for message in received(server, topic, 2)] == [
        b'{"order": 42, "paid": true}',
        b"[1, null]",
    ]


@pytest.mark.parametrize("config", [{"client.id": "clerk", "enable.idempotence": True}, "kafka"])
def test_settings_are_given_or_stand_in_a_section_of_the_configuration(
    server: str, topic: str, config: Any, daconfig: dict[str, Any]
) -> None:
    daconfig["kafka"] = {"acks": 1, "linger.ms": 5}
    kafka.send(server, topic, "hello", config=config)
    assert len(received(server, topic)) == 1


def test_settings_that_are_refused_fail_the_run_and_are_named(server: str, topic: str) -> None:
    with pytest.raises(KafkaSendError, match=r"settings are refused: .*sasl\.pasword"):
        kafka.send(server, topic, "hello", config={"sasl.pasword": "s3cret"})
    with pytest.raises(KafkaSendError) as caught:
        kafka.send(
            server,
            topic,
            "hello",
            config={
                "security.protocol": "sasl_plaintext",
                "sasl.mechanism": "PLAIN",
                "sasl.password": "s3cret",
            },
        )
    assert "settings are refused: " in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_message_that_is_too_big_fails_the_run(server: str, topic: str) -> None:
    with pytest.raises(KafkaSendError, match=rf"^the message for {topic} at .* was not sent: ."):
        kafka.send(server, topic, "x" * 2000, config={"message.max.bytes": 1000})


def test_no_server_fails_the_run_with_the_reason(topic: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(KafkaSendError) as caught:
        kafka.send(f"127.0.0.1:{port}", topic, "hello", timeout=0.5)
    assert str(caught.value).startswith(f"the message for {topic} at 127.0.0.1:{port} was not sent: ")
    assert "Connection refused" in str(caught.value)


def test_a_server_that_does_not_answer_fails_the_run_in_time(nobody: str, topic: str) -> None:
    before = time.monotonic()
    with pytest.raises(KafkaSendError, match="was not sent: "):
        kafka.send(nobody, topic, "hello", timeout=0.5)
    assert time.monotonic() - before < 5


@pytest.mark.parametrize("force", [False, True])
def test_a_run_that_is_stopped_does_not_wait_for_the_server(
    nobody: str, topic: str, stoppable: Callable[[Callable[[], object]], Any], force: bool
) -> None:
    job = stoppable(lambda: kafka.send(nobody, topic, "hello", timeout="1 hour"))
    assert isinstance(job.stop(force=force), JobTimeout)


def test_without_the_package_the_run_fails_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(KafkaSendError, match="`pip install confluent-kafka`"):
        kafka.send("127.0.0.1:9092", topic, "hello")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"server": None}, "`server` must be a text; quote a number"),
        ({"topic": 5}, "`topic` must be a text; quote a number"),
        ({"message": 5}, "`message` must be a text, a mapping or a list; quote a number"),
        ({"message": None}, "`message` must be a text, a mapping or a list; quote a number"),
        ({"message": [{1, 2}]}, "`message` cannot be written as JSON: Object of type set is not"),
        ({"key": 5}, "`key` must be a text; quote a number"),
        ({"headers": ["a"]}, "`headers` must be a mapping from names to values"),
        ({"config": 5}, "`config` must be a mapping from names to values"),
        ({"config": "kafka"}, "`config` names no section of docassemble's configuration"),
        ({"timeout": "-1"}, "`timeout` is a negative duration. A duration cannot be negative."),
    ],
)
@pytest.mark.usefixtures("daconfig")
def test_an_argument_that_makes_no_sense_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        kafka.send(**{"server": "127.0.0.1:1", "topic": "t", "message": "m", **arguments})
    assert str(caught.value).startswith(message)


def test_a_message_that_was_not_sent_leaves_no_thread_and_no_connection_behind(nobody: str) -> None:
    if not hasattr(Producer, "close"):
        pytest.skip("this release of confluent-kafka ends its threads with the exception")

    def kept() -> tuple[int, int]:
        return tuple(len(list(Path(f"/proc/self/{each}").iterdir())) for each in ("task", "fd"))  # type: ignore[return-value]

    with pytest.raises(KafkaSendError):
        kafka.send(nobody, "orders", "first", timeout=0.1)  # what the library keeps for ever, it has now
    before = kept()
    with pytest.raises(KafkaSendError) as caught:
        kafka.send(nobody, "orders", "lost", timeout=0.1)
    assert kept() == before
    assert caught.value
