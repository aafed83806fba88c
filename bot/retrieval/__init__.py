"""A question and a corpus to ranked, exact excerpts."""
