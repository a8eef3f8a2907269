"""A world to try it in; production code never imports it."""
