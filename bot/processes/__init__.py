"""Child processes: what they are started with, and frames of JSON to talk to them."""
