"""The hands: one file per vendor, imported only when configured."""
