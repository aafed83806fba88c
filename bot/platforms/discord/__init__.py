"""Discord: events to messages of the chat, and its messages to Discord's; nothing else."""
