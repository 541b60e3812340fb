"""The configuration that docassemble gets."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from devserver.settings import compose, merged, text_of


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": {"p": 1}}}, {"a": {"x": {"q": 2}}}, {"a": {"x": {"p": 1, "q": 2}}}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_mappings_are_merged_and_anything_else_replaces(
    base: Mapping[str, Any], over: Mapping[str, Any], expected: object
) -> None:
    assert merged(base, over) == expected


def test_merging_leaves_both_as_they_were() -> None:
    base, over = {"a": {"x": 1}}, {"a": {"y": [2]}}
    merged(base, over)["a"]["y"].append(3)
    assert (base, over) == ({"a": {"x": 1}}, {"a": {"y": [2]}})


@pytest.mark.parametrize(
    "config",
    [
        {"a key": None, "b": True, "c": "no", "d": "12:30", "e": 0.5, "f": []},
        {"text": 'quoted "twice"\nand a line, a tab\t, a backslash \\, an é and a 😀'},
        {"deep": {"list": [{"x": {"y": [1, "1"]}}]}},
        {"schedule: with a colon": {"*/5": "- # '"}},
    ],
)
def test_the_text_reads_back_as_the_same_values(config: Mapping[str, Any]) -> None:
    assert yaml.safe_load(text_of(config)) == config


BASE = {"mail": {"server": "here", "port": 25}, "debug": True}
TEXTS = [
    "scheduler:\n  a: {minutes: 1}\n",
    "# a comment\n\nscheduler:\n  a:\n\n    minutes: 1\n# another\n  b: {hours: 2}\ndebug: false\n",
    "mail:\n  port: 2525\nscheduler:\n  a: {minutes: 1}",
    "scheduler:\n  a: {minutes: 1}\nmail:\n  port: 2525",
    "'mail':\n  port: 2525\n\n\n\"debug\": false\nscheduler: [a,\n  b]\n",
    "mail: {port: 2525,\n  username: me}\nlist:\n- 1\n- x: 2\n  y: 3\nmail2: 1\n",
    "---\nmail:\n  port: 2525\n",
    "{mail: {port: 2525}, debug: false}",
    "mail:\n- not a mapping\n",
    "mailer: 1\nmail:\n  port: 1\nmail server: 2\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_file_is_merged_over_our_own_settings(text: str) -> None:
    over = yaml.safe_load(text)
    assert yaml.safe_load(compose(BASE, over, text)) == merged(BASE, over)


@pytest.mark.parametrize("text", TEXTS)
def test_no_key_stands_twice_that_stood_once(text: str) -> None:
    composed = compose(BASE, yaml.safe_load(text), text)
    document = yaml.compose(composed)
    assert isinstance(document, yaml.MappingNode)
    keys = [key.value for key, _ in document.value]
    assert len(keys) == len(set(keys))


def test_a_file_reaches_docassemble_letter_by_letter() -> None:
    text = "scheduler:\n  test.heartbeat:\n    minute: 010  # octal\n  test.heartbeat:\n    at: 12:30\n"
    assert text in compose(BASE, yaml.safe_load(text), text)
