"""Build 3 of the checkout service, what release …-3 runs."""
