"""Rails, cameras and the capture session."""
