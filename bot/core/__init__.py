"""What everything else speaks: documents, spans, replies, errors. Standard library only."""
