"""The record as files in a folder: Markdown for people, JSON lines for an exact rebuild."""

from connectors.memory.files.folder import Files, FilesConfig

__all__ = ["Files", "FilesConfig"]
