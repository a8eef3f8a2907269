"""Partner agents that speak the Model Context Protocol, over streamable HTTP or as a child process."""

from connectors.partners.mcp.partner import McpConfig, McpPartner

__all__ = ["McpConfig", "McpPartner"]
