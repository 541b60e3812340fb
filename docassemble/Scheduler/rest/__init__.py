# do not pre-load
"""The JSON API without Flask: what can be called, what is read, what is answered."""
