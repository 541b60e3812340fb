# do not pre-load
"""One module for each outside system: docassemble, uWSGI, Celery, the machine. It uses `management` and what is below.

No other room but `tasks` imports them.
"""
