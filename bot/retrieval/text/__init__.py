"""Words: text to terms, stopwords, aliases, quotations."""
