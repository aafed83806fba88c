"""Ranking: scores of passages and sentences, and the thresholds below which no answer is given."""
