"""Stand-in for pyftdi."""
