"""A throw-away, real docassemble under a real uWSGI: for the demo, the tests and the benchmarks.

Not part of the installed package. Starting it needs only the standard library and pip; all else is
installed into a state folder. In Python: ``from devserver.server import DevServer``.
"""
