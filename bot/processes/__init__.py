"""Child processes: spawn, frames, resource limits, and both ends of a supervised child."""
