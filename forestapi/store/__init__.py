"""SQL for each noun, beside the function that runs it."""
