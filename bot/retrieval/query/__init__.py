"""A question to weighted terms: kind of answer, related words, follow-ups."""
