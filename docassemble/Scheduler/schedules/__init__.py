# do not pre-load
"""When a job is due: frozen values that answer for an instant, and never read a clock.

Instants go in aware and come out in UTC. It uses `core`, and cronsim.
"""
