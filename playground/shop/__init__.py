"""A small checkout service that really breaks: the shop, its customers, its deployments."""
