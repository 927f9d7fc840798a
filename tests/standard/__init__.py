"""The standard functions, and what they stand on: text, equality, sizes, JSON, validation, files."""
