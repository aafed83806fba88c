"""What any platform does with a message; knows no platform."""
