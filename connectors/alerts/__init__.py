"""Webhooks of monitoring systems, in our words."""
