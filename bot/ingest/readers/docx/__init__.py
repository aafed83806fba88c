"""DOCX files: text and blocks (`reader`), and what styles say of a paragraph (`styles`)."""
