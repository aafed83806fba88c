"""The RTF reader; it runs in the sandbox only."""
