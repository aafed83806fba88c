"""Language: which natural language a text is written in."""
