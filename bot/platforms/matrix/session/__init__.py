"""One login that lasts: signing in, the sync loop, what was missed, what is kept secret."""
