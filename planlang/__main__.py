"""`python -m planlang`, and the command `plan`."""
