"""Dates, durations, numbers and sentences in the language of who looks."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from docassemble.Scheduler.core import durations
from docassemble.Scheduler.core.texts.phrase import Place, Weekday, zone_name
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.describe import describe, phrase
from docassemble.Scheduler.schedules.modifiers import Or
from docassemble.Scheduler.schedules.simple import Date, Interval
from docassemble.Scheduler.web.dashboard.language import Language, locale_of
from tests.unit.schedules.phrases import EXAMPLES

NOW = datetime(2026, 3, 2, 12, 5, 9, tzinfo=timezone.utc)
BERLIN = ZoneInfo("Europe/Berlin")
SPACES = str.maketrans("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}", "  ")


def language(name):
    """Return a language that the site has words of."""
    return Language.of(name, lambda text: f"[{text}]")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("en", "3 minutes ago|3 minutes|3 min 12 s|Mar 2, 2026, 13:05:09|12,345|98%"),
        ("en_GB.utf8", "3 minutes ago|3 minutes|3 min 12 s|2 Mar 2026, 13:05:09|12,345|98%"),
        ("es", "hace 3 minutos|3 minutos|3 min 12 s|2 mar 2026, 13:05:09|12.345|98 %"),
        ("de", "vor 3 Minuten|3 Minuten|3 min 12 s|02.03.2026, 13:05:09|12.345|98 %"),
        ("fr", "il y a 3 minutes|3 minutes|3 min 12 s|2 mars 2026, 13:05:09|12 345|98 %"),
        ("pt-br", "há 3 minutos|3 minutos|3 min 12 s|2 de mar. de 2026 13:05:09|12.345|98%"),
    ],
)
def test_each_language_has_its_own_way(name, said):
    it, ago = language(name), timedelta(minutes=3, seconds=12)
    told = [it.relative(NOW - ago, NOW), it.elapsed(ago), it.short(ago), it.exact(NOW, BERLIN)]
    told += [it.number(12345), it.percent(98)]
    assert "|".join(told).translate(SPACES) == said


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(seconds=1), "in 1 Sekunde"),
        (timedelta(days=-10), "vor 10 Tagen"),
        (timedelta(days=400), "in 400 Tagen"),
        (timedelta(minutes=59, seconds=40), "in 1 Stunde"),
        (timedelta(0), "[now]"),
    ],
)
def test_the_unit_is_that_of_the_log(away, said):
    assert language("de").relative(NOW + away, NOW) == said


@given(st.timedeltas(timedelta(days=-36500), timedelta(days=36500)))
def test_english_is_that_of_the_log_and_the_command_line(away):
    it = Language()
    assert it.relative(NOW + away, NOW) == durations.relative(NOW + away, NOW).replace("-", "")
    assert it.short(away) == durations.short(away)


@given(
    st.sampled_from(locale_identifiers()),
    st.timedeltas(timedelta(days=-36500), timedelta(days=36500)),
)
def test_every_language_that_babel_knows_can_be_told(name, away):
    it = language(name)
    said = (
        it.relative(NOW + away, NOW),
        it.elapsed(away),
        it.short(away),
        it.exact(NOW, BERLIN),
        it.clock(NOW, BERLIN),
        it.number(12.5),
        it.percent(3),
    )
    assert all(said)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "xx",
        "../../etc/passwd",
        "*",
        "\0",
        "a" * 100_000,
        "_",
        "-",
        "en_",
        "\ud800",
        "\N{ROCKET}",
        "None",
    ],
)
def test_what_is_no_language_is_english(name):
    assert locale_of(name).language == "en"


@given(st.text())
def test_whatever_stands_in_a_profile_is_some_language(name):
    assert Language.of(name, str).exact(NOW, BERLIN)


def test_a_language_that_the_site_has_no_words_of_is_english_so_that_none_are_mixed():
    assert Language.of("de", str).relative(NOW, NOW - timedelta(hours=2)) == "in 2 hours"
    assert Language.of("en_GB", str).date(NOW, BERLIN) == "2 Mar 2026"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "&lt;b&gt; has 3 runs"),
        ({"{job} has {number} runs": "{number} < {job}"}, "3 &lt; &lt;b&gt;"),
        (
            {"{job} has {number} runs": "{0} {} {{ {jobs} {job.__class__} {job!r}"},
            "{0} {} {{ {jobs} {job.__class__} {job!r}",
        ),
    ],
)
def test_a_sentence_is_filled_and_escaped_whatever_its_translation_is(words, said):
    it = Language(word=lambda text: words.get(text, text))
    assert str(it.say("{job} has {number} runs", job="<b>", number=3)) == said


SPANISH = {
    "{schedule}, {zone}": "{schedule}, {zone}",
    "{city} time": "hora de {city}",
    "every {nth} minute from {first} to {last}": "cada {nth} minutos de {first} a {last}",
    "{schedule}, {first} to {last}": "{schedule}, de {first} a {last}",
    "at {times}": "a las {times}",
    "{weekday}s": "cada {weekday}",
    "{schedule} on {days}": "{schedule}, {days}",
    "{schedule} in {months}": "{schedule} en {months}",
    "once, on {moment}": "una vez, el {moment}",
    "every {duration}": "cada {duration}",
    "; and ": "; y ",
}


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (
            Cron.from_crontab("*/5 9 * * 1-5", ZoneInfo("America/New_York")),
            "cada 5 minutos de 9:00 a 9:55, de lunes a viernes, hora de Nueva York",
        ),
        (
            Cron.from_crontab("0 4,16 * 6,7 1,2,6", ZoneInfo("Etc/GMT+5")),
            "a las 4:00 y 16:00, cada lunes, cada martes y cada sábado en junio y julio, GMT+5",
        ),
        (Date(NOW), "una vez, el 2 mar 2026, 13:05:09, hora de Berlín"),
        (Interval(timedelta(minutes=90)), "cada 1 hora 30 minutos"),
        (
            Or((Interval(timedelta(minutes=90)), Interval(timedelta(hours=1)))),
            "cada 1 hora 30 minutos; y every hour",
        ),
    ],
)
def test_a_schedule_is_said_in_the_language_with_its_own_names(schedule, said):
    spanish = Language(locale=locale_of("es"), word=lambda text: SPANISH.get(text, text))
    assert spanish.plain(phrase(schedule, BERLIN)).translate(SPACES) == said


@given(st.sampled_from(list(EXAMPLES)), st.sampled_from(locale_identifiers()))
def test_every_schedule_can_be_said_in_every_language(text, name):
    assert language(name).plain(phrase(EXAMPLES[text], BERLIN))
    assert Language().plain(phrase(EXAMPLES[text], BERLIN)) == describe(EXAMPLES[text], BERLIN)


@given(st.timezone_keys())
def test_every_zone_can_be_named_in_another_language(key):
    assert language("de").plain(zone_name(ZoneInfo(key)))


def test_a_country_is_said_in_the_language_and_a_part_of_it_as_it_is():
    assert language("de").plain(Place("US", "the United States")) == "Vereinigte Staaten"
    assert language("de").plain(Place("US-MA", "Massachusetts")) == "Massachusetts"
    assert Language().plain(Place("US", "the United States")) == "the United States"


def test_values_of_a_sentence_are_said_too():
    german = language("de")
    assert german.say("{first} to {last}", first=Weekday(0), last=Weekday(4)) == "[Montag to Freitag]"
    assert german.say("{html} & {text}", html=Markup("<b>"), text="<i>") == "[<b> &amp; &lt;i&gt;]"
