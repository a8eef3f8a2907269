"""Judges: rules, or a model."""
