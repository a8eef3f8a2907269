"""Where the team reads the record."""
