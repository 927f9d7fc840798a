"""Workers of both kinds: threads of this process, and actors of a Ray cluster."""
