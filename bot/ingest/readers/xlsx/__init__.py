"""The XLSX reader, by the XML parser of the standard library; it runs in the sandbox only."""
