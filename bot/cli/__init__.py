"""The command line: what each sub command does, and how it ends."""
