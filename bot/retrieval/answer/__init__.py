"""Ranked candidates to a reply: excerpts, differences, explanations."""
