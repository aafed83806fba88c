"""Child processes: frames, resource limits, and both ends of a supervised child."""
