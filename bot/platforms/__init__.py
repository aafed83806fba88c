"""Where messages come from and pages go to."""
