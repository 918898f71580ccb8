"""Studies and benchmarks: each a command that writes a table."""
