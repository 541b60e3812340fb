# do not pre-load
"""The store in docassemble's own SQL database: PostgreSQL or MySQL/MariaDB (SQLite in tests)."""
