"""Pins in retrieval: which pin a question meets."""
