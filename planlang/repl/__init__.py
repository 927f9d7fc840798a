"""The interactive session: `core` evaluates and answers, `terminal` and `piped` feed it lines."""
