"""Running checked plans: values, code generation, standard functions, workers."""
