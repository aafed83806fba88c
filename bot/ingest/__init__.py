"""Files on disk to a corpus: reading, segmenting, loading."""
