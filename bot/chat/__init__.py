"""The chat service: commands, and the messages they bring; speaks to no platform."""
