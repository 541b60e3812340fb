"""The stand-ins for what docassemble downloads."""

import zipfile
from pathlib import Path

import pytest

from devserver import corpora


def test_lexnames_counts_from_0_to_44_as_wordnet_does() -> None:
    rows = [line.split("\t") for line in corpora.lexnames().splitlines()]
    assert [int(number) for number, _, _ in rows] == list(range(45))


@pytest.mark.parametrize(
    "row", ["00\tadj.all\t3", "02\tadv.all\t4", "03\tnoun.Tops\t1", "29\tverb.body\t2", "44\tadj.ppl\t3"]
)
def test_lexnames_has_the_rows_of_the_manual_page(row: str) -> None:
    assert row in corpora.lexnames().splitlines()


def test_making_them_twice_gives_the_archives_docassemble_looks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wordnet = tmp_path / "wordnet"
    wordnet.mkdir()
    (wordnet / "data.noun").write_text("nouns", encoding="utf-8")
    monkeypatch.setattr(corpora, "WORDNET", wordnet)
    corpora.make(tmp_path / "nltk")
    corpora.make(tmp_path / "nltk")
    made = tmp_path / "nltk/corpora"
    assert (made / "wordnet/data.noun").read_text(encoding="utf-8") == "nouns"
    assert all(
        zipfile.is_zipfile(made / f"{name}.zip")
        for name in ("wordnet", "wordnet_ic", "sentiwordnet", "omw-1.4")
    )
