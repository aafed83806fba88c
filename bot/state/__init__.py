"""What the program keeps from one start to the next, in one SQLite file."""
