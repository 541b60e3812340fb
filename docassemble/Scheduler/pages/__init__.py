# do not pre-load
"""What the pages of the dashboard show: frozen values that templates print. No Flask, no clock, no database."""
