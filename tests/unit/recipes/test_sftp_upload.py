"""What interviews may hand in, and how we log in to the server; that documents arrive is in the integration tests."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.integration.sftp_server import USER, SftpServer


@pytest.mark.parametrize("name", ["", ".hidden", "..", "../up.pdf", "/etc/passwd", "a\nb.pdf", "a\0b.pdf"])
def test_a_name_that_leads_elsewhere_is_refused(recipe: Any, name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a file"):
        recipe("sftp_upload").hand_in(name, SimpleNamespace(path=lambda: __file__))


def test_the_same_name_again_replaces_what_waits(recipe: Any, tmp_path: Path) -> None:
    module, file = recipe("sftp_upload"), tmp_path / "petition"
    for content in (b"first", b"\x00\xff second"):
        file.write_bytes(content)
        module.hand_in("2026-17 petition.pdf", SimpleNamespace(path=lambda: str(file)))
    assert module.documents.values == {"2026-17 petition.pdf": "AP8gc2Vjb25k"}


@pytest.mark.parametrize("key", ["nonsense", "ssh-ed25519"])
def test_a_host_key_that_is_none_connects_to_nobody(recipe: Any, key: str) -> None:
    settings = {"host": "sftp.invalid", "host key": key, "user": "me", "folder": "/"}
    with pytest.raises(RuntimeError, match="`host key`"), recipe("sftp_upload").connected(settings):
        pass


@pytest.mark.parametrize("passphrase", [None, "a long one"])
def test_our_key_is_taken_in_the_place_of_a_password(
    recipe: Any, tmp_path: Path, passphrase: str | None
) -> None:
    module, file = recipe("sftp_upload"), tmp_path / "court_ed25519"
    with SftpServer(tmp_path) as server:
        server.trusted.write_private_key(str(file), passphrase=passphrase)
        settings = {"host": "127.0.0.1", "port": server.port, "host key": server.host_key, "user": USER}
        settings |= {"key file": str(file), "passphrase": passphrase}
        with module.connected(settings) as client:
            module.put(client, "/petition.pdf", b"%PDF")
    assert server.asked == 0, "no password was told"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["court_ed25519", "petition.pdf"]
    assert (tmp_path / "petition.pdf").read_bytes() == b"%PDF"
