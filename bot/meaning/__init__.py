"""Meaning: a sentence encoder that finds passages by what they mean, whatever their words."""
