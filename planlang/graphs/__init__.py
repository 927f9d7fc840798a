"""The graph of what can run at the same time, as text, pictures, pages and data."""
