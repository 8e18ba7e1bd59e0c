"""The database: how it is reached, brought to shape and spoken to."""
