"""The DOCX reader: `reader` parses files, `styles` tells the kinds of paragraphs."""
