# do not pre-load
"""The dashboard and the JSON API, with Flask. It uses `management` and what is below."""
