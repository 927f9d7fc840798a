"""The flow form means what the sequential form means: generated programs, a pretend model, and the comparison."""
