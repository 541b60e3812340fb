# do not pre-load
"""Runs our migrations on the connection that `schema.upgrade` hands over."""

from alembic import context

options = context.config.attributes
context.configure(
    connection=options["connection"],
    version_table=options["version_table"],
    transactional_ddl=options["connection"].dialect.name == "postgresql",
)
with context.begin_transaction():
    context.run_migrations()
