# do not pre-load
"""How the terminal shows it: tables, one run, options, identifiers, messages."""
