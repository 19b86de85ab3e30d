"""What a frame is, for every step: photographs, raws, and of their metadata what decides pixels."""
