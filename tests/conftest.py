"""What all tests share."""

from pathlib import Path

import pytest

from tests import profiles

profiles.register()
#: folders of tests that have the mark of the same name
MARKED = ("contract", "integration")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in MARKED:
            item.add_marker(folder)
