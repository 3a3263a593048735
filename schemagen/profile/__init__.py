"""What was seen in a sample: counts, ranges and format classes by path, and no value."""
