"""The kill test: real processes that are killed at seeded moments, go on, and are compared with undisturbed ones."""
