"""Replies to blocks to pages."""
