"""Terms to the best passages and sentences, and the level of silence."""
