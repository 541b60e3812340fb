"""The words files that we ship: complete, with nothing left over, and each sentence with the same placeholders."""

import re
from pathlib import Path

import pytest
import yaml

import docassemble.Scheduler
from docassemble.Scheduler.core.texts.phrase import PLACEHOLDER
from tests.unit.web.phrases import CLOSED, all_texts, in_templates

SOURCES = Path(docassemble.Scheduler.__file__).parent / "data" / "sources"
FILES = sorted(SOURCES.glob("*-words.yml"))


def read(path):
    """Return the language and the words of a file, as docassemble reads it; a key that stands twice is an error."""
    text = path.read_text(encoding="utf-8")
    ((language, words),) = yaml.safe_load(text).items()
    keys = re.findall(r'^  ("(?:[^"\\]|\\.)*"):', text, re.MULTILINE)
    assert [yaml.safe_load(key) for key in keys] == list(words)
    return language, words


def test_there_are_four_languages():
    assert [path.name for path in FILES] == [f"{name}-words.yml" for name in ("de", "es", "fr", "pt")]
    assert [read(path)[0] for path in FILES] == ["de", "es", "fr", "pt"]


def test_templates_look_up_literals_and_closed_sets_only():
    assert in_templates()[1] == set(CLOSED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_missing_and_nothing_left_over(path):
    _, words = read(path)
    texts = all_texts()
    assert sorted(texts - words.keys()) == []
    assert sorted(words.keys() - texts) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_translation_is_a_text_with_the_same_placeholders(path):
    for text, translation in read(path)[1].items():
        assert isinstance(translation, str), text
        assert sorted(PLACEHOLDER.findall(translation)) == sorted(PLACEHOLDER.findall(text)), text
        assert "{" not in PLACEHOLDER.sub("", translation)
        assert translation.strip()
        if text != "; and ":
            assert translation == translation.strip(), text


def test_the_files_have_their_words_in_the_same_order():
    orders = [list(read(path)[1]) for path in FILES]
    assert all(order == orders[0] for order in orders)
