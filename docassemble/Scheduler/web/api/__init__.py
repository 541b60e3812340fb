# do not pre-load
"""The JSON API: what can be called, what is read, what is answered, and views for Flask."""
