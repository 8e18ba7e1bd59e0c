"""How Alembic reaches the database: through the connection that `forestapi.db.migrate` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="forest")
with context.begin_transaction():
    context.run_migrations()
