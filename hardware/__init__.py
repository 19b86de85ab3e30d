"""Rails, cameras, optics and the capture session; `python -m hardware --help` for the bench."""
