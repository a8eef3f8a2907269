"""Native instruments: read-only, repeatable."""
