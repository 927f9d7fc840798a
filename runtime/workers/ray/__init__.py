"""Workers as actors of a Ray cluster, each with one loaded model.

The pool of a model lives in the plan's process: `pool` moves its batches, `staff` sees to its actors, `crew` is what is
known of each, `mailbox` the thread of it all. What goes over the process boundary is packed by `payload`, and the actor
itself (`actor`) runs the same code as local workers do. `cluster` connects to Ray, `requirements` says what an actor
needs and who has it, `measuring` what calls cost.

Ray is imported when it is first used, by `cluster` alone.
"""
