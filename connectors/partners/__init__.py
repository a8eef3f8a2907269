"""Other agents, asked directly."""
