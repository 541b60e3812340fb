"""What this package costs and how late it is, beside what people would use instead. `python -m benchmarks --help`."""
