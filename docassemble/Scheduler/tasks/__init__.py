# do not pre-load
"""The jobs we ship; `file.function` in the configuration finds them here."""
