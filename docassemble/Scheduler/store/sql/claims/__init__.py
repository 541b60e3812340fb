# do not pre-load
"""Claims in SQL: the transaction that makes them, and the way without a look at the rows."""
