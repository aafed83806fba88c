"""MCP: the corpus as tools for language models, which then can quote and be checked."""
