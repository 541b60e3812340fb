"""Why a text is not YAML, in words: the same for both parsers of PyYAML."""

from __future__ import annotations

import pytest
import yaml

from docassemble.Scheduler.host.files.yaml_errors import YamlFault, explain

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
QUOTE = 'Put the value into quotes: `"..."`.'


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest) -> type:
    kind: type = request.param
    return kind


def fault(parser: type, text: str) -> YamlFault:
    with pytest.raises((yaml.YAMLError, ValueError, TypeError)) as error:
        yaml.load(text, Loader=parser)
    return explain(error.value, text)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("crontab: * * * * *", 'crontab: "* * * * *"'),
        ("crontab: */5 * * * *  # often", 'crontab: "*/5 * * * *"'),
        ('crontab: "0 8" * * *', 'crontab: "0 8 * * *"'),
        ("crontab: @daily", 'crontab: "@daily"'),
        ("crontab: %5", 'crontab: "%5"'),
        ("minute: *", 'minute: "*"'),
        ("Minute: */5", 'Minute: "*/5"'),
        ("minute: *5", 'minute: "*5"'),
        ("weekday: `mon`", 'weekday: "`mon`"'),
    ],
)
def test_what_is_to_be_quoted_is_shown_quoted(parser: type, written: str, hint: str) -> None:
    found = fault(parser, f"scheduler:\n  a.b:\n    {written}\n  c.d: {{}}\n")
    assert found.line == 3
    assert found.hint == f"Quote all of it: `{hint}`."


@pytest.mark.parametrize(
    "value", ["*s3cret", "@s3cret", "%s3cret", "`s3cret`", "& s3cret", "| s3cret", "!s3cret x"]
)
def test_no_other_value_is_repeated_it_may_be_a_secret(parser: type, value: str) -> None:
    found = fault(parser, f"a: 1\npassword: {value}\n")
    assert (found.line, found.hint) == (2, QUOTE)
    assert "s3cret" not in found.sentence


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: b\n\tc: 1\n", 2, "tab"),
        ("a: 'x\nb: 1\n", 1, "never closed"),
        ("a: x: y\n", 1, "colon"),
        ("a\nb: 1\n", 2, "colon"),
        ("a: 1\n b: 2\n", 2, "colon"),
        ("a:\n  b: 1\n c: 2\n", 3, "does not fit"),
        ("a: 'it's'\n", 1, "does not fit"),
        ("a: [1, 2\nb: 1\n", 1, "bracket"),
        ("a: {{x}}\n", 1, "in the place of a key"),
        ("- a\nb: 1\n", 2, "does not fit"),
        ("a: -\n  b\n", 1, "dash"),
        ("---\na: 1\n---\nb: 1\n", 3, "second document"),
        ("a: 1\nb: \x07\n", 2, "U+0007"),
    ],
)
def test_other_mistakes_have_a_line_and_a_way_out(parser: type, text: str, line: int, words: str) -> None:
    found = fault(parser, text)
    assert found.line == line
    assert words in found.sentence
    assert found.hint


@pytest.mark.parametrize(
    "error", [ValueError("x" * 10_000), RecursionError("deep"), yaml.YAMLError(), yaml.MarkedYAMLError()]
)
def test_whatever_is_raised_is_told(error: Exception) -> None:
    found = explain(error, "")
    assert found.line is None
    assert len(found.sentence) < 300
    assert found.hint


def test_lines_are_counted_as_the_parser_counts_them(parser: type) -> None:
    assert fault(parser, "a: \x0c\u2028\n\rb: *\n").line is not None
