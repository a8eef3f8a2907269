"""Ways to change the world, from the catalogue only."""
