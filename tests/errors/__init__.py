"""Golden texts of run-time errors."""
