# do not pre-load
"""What people and services are told: mails, webhooks, Healthchecks.io, Sentry. Uses `execution`, `store` and below."""
