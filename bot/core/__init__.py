"""Types that all packages share: documents, passages, replies, errors. Standard library only."""
