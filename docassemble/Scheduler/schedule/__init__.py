# do not pre-load
"""Schedules: frozen values that say when a job is due, as functions of an instant.

They never read a clock. Every instant that goes in or comes out is an aware
`datetime`; what comes out is in UTC.
"""
