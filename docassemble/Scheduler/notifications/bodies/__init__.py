# do not pre-load
"""The bodies of webhooks, each in the form that its service has published."""
