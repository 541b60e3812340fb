# do not pre-load
"""What servers share: the port, what is read through it, and the store in SQL. It uses `config` and what is below.

SQLAlchemy is imported in `sql` only.
"""
