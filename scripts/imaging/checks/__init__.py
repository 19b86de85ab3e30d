"""Checks of what was made, over arrays: is a stack sound."""
