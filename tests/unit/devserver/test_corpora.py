"""The stand-ins for what docassemble downloads."""

import zipfile
from pathlib import Path

from devserver import corpora


def test_making_them_twice_gives_the_archives_docassemble_looks_for(tmp_path: Path) -> None:
    corpora.make(tmp_path / "nltk")
    corpora.make(tmp_path / "nltk")
    made = tmp_path / "nltk/corpora"
    assert all(
        zipfile.is_zipfile(made / f"{name}.zip")
        for name in ("wordnet", "wordnet_ic", "sentiwordnet", "omw-1.4")
    )


def test_the_files_of_an_older_devserver_that_lead_to_a_whole_wordnet_are_replaced(tmp_path: Path) -> None:
    whole = tmp_path / "data.noun"
    whole.write_text("all nouns", encoding="utf-8")
    stub = tmp_path / "nltk/corpora/wordnet/data.noun"
    stub.parent.mkdir(parents=True)
    stub.symlink_to(whole)
    corpora.make(tmp_path / "nltk")
    assert whole.read_text(encoding="utf-8") == "all nouns"
    assert stub.read_text(encoding="utf-8") == corpora.WORDNET["data.noun"]
