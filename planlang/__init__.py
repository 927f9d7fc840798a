"""planlang: a small language for saying what is to be done with text and models."""
