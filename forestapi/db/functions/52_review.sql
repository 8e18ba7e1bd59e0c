-- Review of shifts: which role may take one from which state to which, on every path that writes; and pay that is
-- approved is not changed without a reason. `forest.role` is the token's; the operator's own commands have none.

create or replace function forest.review_allowed(role text, before text, after text) returns boolean
language sql immutable parallel safe as $$
  select before = after or case
    when role in ('recorder', 'crew_leader') then
      (before, after) in (('draft', 'submitted'), ('draft', 'void'), ('needs_information', 'submitted'))
    else (before, after) in (('draft', 'submitted'), ('draft', 'void'),
      ('submitted', 'approved'), ('submitted', 'needs_information'), ('submitted', 'void'),
      ('needs_information', 'submitted'), ('needs_information', 'approved'), ('needs_information', 'void'),
      ('approved', 'submitted'), ('approved', 'needs_information'), ('approved', 'void'), ('void', 'submitted')) end
$$;

create or replace function forest.shift_reviewed() returns trigger language plpgsql set enable_nestloop = off as $$
declare
  role constant text := coalesce(current_setting('forest.role', true), '');
  is_recorder constant boolean := role in ('recorder', 'crew_leader');
  has_reason constant boolean := coalesce(current_setting('forest.reason', true), '') <> '';
  broken text;
begin
  if role = '' then return null; end if;
  if tg_op = 'INSERT' then
    if is_recorder and exists (select from after where status = 'approved') then broken := 'shift_review'; end if;
  elsif tg_op = 'DELETE' then
    if is_recorder and exists (select from before where status <> 'draft') then broken := 'shift_review';
    elsif not has_reason and exists (select from before where status = 'approved') then broken := 'shift_reason';
    end if;
  else
    select case when not forest.review_allowed(role, o.status, n.status) or (is_recorder and c.is_pay) then 'shift_review'
        when (c.is_pay or c.is_reopened) and not has_reason then 'shift_reason' end into broken
    from before o join after n using (id)
    cross join lateral (select o.status = 'approved' and n.status <> 'void' and
      (o.worker, o.work_date, o.number, o.hours, o.is_paid, o.pay_basis, o.quantity, o.rate_yuan, o.wage_yuan)
      is distinct from (n.worker, n.work_date, n.number, n.hours, n.is_paid, n.pay_basis, n.quantity, n.rate_yuan, n.wage_yuan)
      as is_pay, o.status in ('approved', 'void') and n.status <> o.status as is_reopened) c
    where not forest.review_allowed(role, o.status, n.status) 
      or (c.is_pay and is_recorder) or ((c.is_pay or c.is_reopened) and not has_reason) limit 1;
  end if;
  if broken is not null then
    raise exception 'review of shifts: %', broken using errcode = '23514', constraint = broken, table = 'shift', schema = 'forest';
  end if;
  return null;
end $$;
create or replace trigger review_inserted after insert on forest.shift
  referencing new table as after for each statement execute function forest.shift_reviewed();
create or replace trigger review_updated after update on forest.shift
  referencing old table as before new table as after for each statement execute function forest.shift_reviewed();
create or replace trigger review_deleted after delete on forest.shift
  referencing old table as before for each statement execute function forest.shift_reviewed();
