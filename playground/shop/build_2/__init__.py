"""Build 2 of the checkout service, what release …-2 runs."""
