"""Processes that answer questions beside the program's own thread, from the same snapshot."""
