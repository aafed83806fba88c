"""The steps, named by number and written by hand; one that was released is never changed."""
