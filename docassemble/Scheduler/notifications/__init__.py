# do not pre-load
"""What people and services are told: mails, Healthchecks.io, Sentry. It uses `execution`, `store` and what is below."""
