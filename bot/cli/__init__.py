"""The command line: one module a command, from its arguments to its exit code."""
