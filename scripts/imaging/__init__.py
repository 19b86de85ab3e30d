"""Arrays in, arrays out: raw development, TIFF, colour, registration, fusion, depth."""
