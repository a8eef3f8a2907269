"""Takes the pictures of docs/pictures.md: real incidents in the light world, seen in headless Chromium. No tests."""
