"""State becomes blocks, purely."""
