"""The PDF reader: characters to lines, columns, furniture, blocks; `reader` parses files."""
