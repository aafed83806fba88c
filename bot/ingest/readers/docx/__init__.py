"""The DOCX reader, by python-docx; its modules run in the sandbox only."""
