# do not pre-load
"""The pages: views for Flask, and the frozen values that templates print."""
