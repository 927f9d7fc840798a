"""Workers: what holds a model and answers batches of calls."""
