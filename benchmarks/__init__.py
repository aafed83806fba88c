"""What is measured: the quality of answers, and time and memory beside peers."""
