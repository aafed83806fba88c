"""The index of one corpus: tokens, vocabulary, postings, lexicon; how it is built and stored."""
