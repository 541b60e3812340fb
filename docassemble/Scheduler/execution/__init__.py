# do not pre-load
"""One run, from outside in: function, context, log, time limit, the signal to stop.

It uses `config` and what is below.
"""
