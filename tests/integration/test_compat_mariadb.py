"""Everything that depends on docassemble, once more with docassemble's tables in a MariaDB."""

import os

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from devserver.mariadb import URL
from tests.integration.test_compat import *  # noqa: F403 - all of its tests, and what they stand on
from tests.integration.test_compat import NEVER, Site, test_docassembles_own_database_is_backed_up

# of those tests, the one that needs PostgreSQL
del test_docassembles_own_database_is_backed_up

pytestmark = pytest.mark.slow

#: what MariaDB takes for one name, unless told otherwise
NAMES = ("Bericht für", "Bericht fur", "bericht fur", "\U0001f600", "\U0001f601")


@pytest.fixture(scope="module")
def database() -> str:
    try:
        create_engine(URL, poolclass=NullPool).connect().close()
    except OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no MariaDB at {URL.rpartition('@')[2]}: {error.orig}")
    return "mariadb"


def test_docassemble_has_its_tables_in_mariadb(site: Site) -> None:
    assert site.server.database_url.startswith("mysql")
    assert site.tables.query("SELECT name FROM role WHERE name = 'admin'")


def test_jobs_whose_names_differ_in_case_or_accents_are_paused_and_run_each_for_itself(site: Site) -> None:
    for name in NAMES:
        site.api.add(name, function="test.heartbeat", **NEVER)
    site.api.post("/pause", job=NAMES[0])
    assert [site.api.get("/job", name=name)["paused"] for name in NAMES] == [True, False, False, False, False]
    site.api.post("/run_now", job=NAMES[2])
    site.api.last_run(NAMES[2], "succeeded")
    assert [site.tables.records(name) != [] for name in NAMES] == [False, False, True, False, False]


def test_a_backup_with_postgresqls_programs_is_refused_with_the_reason(site: Site) -> None:
    site.api.run("backup", function="postgres_db_backup.run", args=["db", str(site.backups)])
    failed = site.api.last_run("backup", "failed")
    assert "the section 'db' is no PostgreSQL: its `prefix` is 'mysql+pymysql://'" in failed["error"]
