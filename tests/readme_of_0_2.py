"""The examples of the README of 0.2.x, unchanged, without the key `scheduler`: the contract of this package."""

LOG_LEVEL = """\
log level: debug
# Example modules in the current package
"""
HEARTBEAT = """\
test.heartbeat:
  type: interval
  minutes: 1
"""
#: its key stands twice in the first example: here is what counts
MONTHLY = """\
test.heartbeat:
  type: cron
  day: 1
  hour: 0
  minute: 1
"""
ARGUMENTS_AND_PLAYGROUND = """\
test.test_arbitrary_params:
  type: interval
  minutes: 1
  args:
      - positional_value_1
      - positional_value_2
  kwargs:
      optional_param: optional_value
# Using the default admin playground
docassemble.playground1.test_py_file.function_name:
  type: cron
  minute: "*/5"
"""
FIRST = LOG_LEVEL + HEARTBEAT + MONTHLY + ARGUMENTS_AND_PLAYGROUND
PACKAGE = """\
docassemble.demo.gettime.get_time:
    type: interval
    minutes: 1
"""
SAME_FUNCTION = """\
postgres_db_backup.run 1:
  type: cron
  hour: 4
  minute: 0
  args:
    - ['db', 'data db']
    - "/tmp/docassemble_db_backups/"
postgres_db_backup.run 2:
  type: cron
  hour: 4
  minute: 30
  args:
    - ['db', 'data db']
    - "/tmp/docassemble_db_backups/"
"""
# the one block that is no YAML there, because two lines of it are indented too far
HANDLED = """\
test.heartbeat:
  type: interval
  error handler: some.other.handler
  minutes: 1
"""
HANDLER = "error handler: some.error.handler\n" + HANDLED
CONTEXT = """\
test.heartbeat:
  type: interval
  contextmanager: test_context.SchedulerContext
  minutes: 1
"""
