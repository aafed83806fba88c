"""Migrations, named by number and written by hand; a released one is never changed."""
