-- What a payment settles of wages due: its items wage and overtime. Bonuses and allowances are due by agreement, not
-- by shifts, and deductions are part of what was settled: the worker's debt was paid with them.

create or replace function forest.settled_yuan(items jsonb) returns numeric
language sql immutable strict parallel safe as $$
  select coalesce(sum((each ->> 'amount_yuan')::numeric), 0)::numeric(14,2) from jsonb_array_elements(items) each
  where each ->> 'item' in ('wage', 'overtime')
$$;

-- Amounts as numbers, whatever they were written as.
create or replace function forest.with_numbers(items jsonb) returns jsonb
language sql immutable strict parallel safe as $$
  select coalesce(jsonb_agg(each || jsonb_build_object('amount_yuan', (each ->> 'amount_yuan')::numeric(14,2)) order by place), '[]')
  from jsonb_array_elements(items) with ordinality as e (each, place)
$$;
