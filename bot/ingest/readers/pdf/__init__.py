"""PDF files: characters to lines, columns, page furniture, blocks; `reader` is the entrance."""
