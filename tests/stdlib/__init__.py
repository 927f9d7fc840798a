"""The modules that are written in the plan language."""
