"""The bot in Matrix rooms, encrypted ones included; `nio` is imported in this package only."""
