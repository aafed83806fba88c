"""Web: documents with the quotes marked, for whoever follows the link of a reply."""
