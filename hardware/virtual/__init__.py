"""A specimen, a lens and a sensor that exist as numbers, with their ground truth."""
