"""Just enough NLTK data for docassemble to import without internet.

docassemble downloads WordNet and two companions when it is imported, and dies when it cannot. All three are stubs here: nobody
asks them anything. To read all of WordNet would take each process of docassemble some seconds more to start.
"""

import zipfile
from pathlib import Path

PARTS_OF_SPEECH = ("noun", "verb", "adj", "adv")
#: the files that NLTK opens: its ``WordNetCorpusReader``. A line that begins with a space is a comment.
WORDNET = {
    **{f"{kind}.{part}": "  a stub\n" for kind in ("index", "data") for part in PARTS_OF_SPEECH},
    **{f"{part}.exc": "" for part in PARTS_OF_SPEECH},
    **dict.fromkeys(("cntlist.rev", "index.sense", "lexnames"), ""),
}
INFORMATION_CONTENT = "wnver::stub\n1740n 1 ROOT\n1740v 1 ROOT\n"
SENTIMENTS = "# a stub\n"


def make(folder: Path) -> None:
    """Fill ``folder``, to be named by NLTK_DATA. What is there stays: others may be reading it."""
    corpora = folder / "corpora"
    for name, text in WORDNET.items():
        _write(corpora / "wordnet" / name, text)
    _write(corpora / "wordnet_ic" / "ic-brown.dat", INFORMATION_CONTENT)
    _write(corpora / "sentiwordnet" / "SentiWordNet_3.0.0.txt", SENTIMENTS)
    for name in ("wordnet", "wordnet_ic", "sentiwordnet", "omw-1.4"):
        # docassemble looks for the archive, NLTK reads the folder.
        archive = corpora / f"{name}.zip"
        if not archive.exists():
            with zipfile.ZipFile(archive, "w"):
                pass


def _write(path: Path, text: str) -> None:
    if path.is_symlink():  # an older devserver's, to Debian's whole WordNet
        path.unlink()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
