"""Just enough NLTK data for docassemble to import without internet.

docassemble downloads WordNet and two companions when it is imported, and dies when it cannot. WordNet comes
from Debian; the companions (word frequencies, sentiments) are stubs: nobody asks them anything here.
"""

import zipfile
from pathlib import Path

WORDNET = Path("/usr/share/wordnet")

#: The lexicographer files by number, from WordNet's manual page lexnames(5).
LEXICOGRAPHER_FILES = """
adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body
noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location
noun.motive noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process
noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body verb.change
verb.cognition verb.communication verb.competition verb.consumption verb.contact verb.creation
verb.emotion verb.motion verb.perception verb.possession verb.social verb.stative verb.weather
adj.ppl
"""
PARTS_OF_SPEECH = ("noun", "verb", "adj", "adv")

INFORMATION_CONTENT = "wnver::stub\n1740n 1 ROOT\n1740v 1 ROOT\n"
SENTIMENTS = "# a stub\n"


def lexnames() -> str:
    """The file ``lexnames`` that Debian leaves out: number, name, part of speech (1 to 4)."""
    rows = (
        f"{number:02}\t{name}\t{PARTS_OF_SPEECH.index(name.partition('.')[0]) + 1}"
        for number, name in enumerate(LEXICOGRAPHER_FILES.split())
    )
    return "\n".join(rows) + "\n"


def make(folder: Path) -> None:
    """Fill ``folder``, to be named by NLTK_DATA. Idempotent."""
    corpora = folder / "corpora"
    (corpora / "wordnet").mkdir(parents=True, exist_ok=True)
    for source in WORDNET.iterdir():
        link = corpora / "wordnet" / source.name
        if not link.is_symlink():
            link.symlink_to(source)
    (corpora / "wordnet" / "lexnames").write_text(lexnames(), encoding="utf-8")
    _write(corpora / "wordnet_ic" / "ic-brown.dat", INFORMATION_CONTENT)
    _write(corpora / "sentiwordnet" / "SentiWordNet_3.0.0.txt", SENTIMENTS)
    for name in ("wordnet", "wordnet_ic", "sentiwordnet", "omw-1.4"):
        # docassemble looks for the archive, NLTK reads the folder.
        with zipfile.ZipFile(corpora / f"{name}.zip", "w"):
            pass


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
