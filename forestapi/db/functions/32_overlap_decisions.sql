-- Decisions about overlaps, and the order of credit. A decision that gives shared ground to one of two plots of a programme
-- sets the other back: its rank is one more than that of the plot it comes after. Credit goes by rank first, then by date,
-- receipt and id (30_credit.sql), which is one order of all plots whatever is decided; so credit stays exact.

-- Decisions that stand: the last of each pair, as long as both boundaries are those it was decided on.
create or replace view forest.overlap_standing as
select d.* from (select distinct on (a, b) * from forest.overlap_decision order by a, b, seq desc) d
  join forest.plot pa on pa.id = d.a and pa.boundary_hash = d.a_hash
  join forest.plot pb on pb.id = d.b and pb.boundary_hash = d.b_hash
where d.resolution <> 'open';

-- What the evidence of an overlap looks like, until somebody decides (docs/explanation/area.md).
create or replace function forest.overlap_kind(share_of_earlier float8, share_of_later float8, days_between int) returns text
language sql immutable parallel safe as $$
  select case when greatest(share_of_earlier, share_of_later) >= 0.5 and days_between >= 365 then 'replanting'
    when least(share_of_earlier, share_of_later) >= 0.9 then 'duplicate'
    when greatest(share_of_earlier, share_of_later) < 0.05 then 'shared_boundary' else 'disputed' end
$$;

-- What is proposed: merge what is one plot twice, accept a replanting, clip an edge; a dispute takes a person.
create or replace function forest.overlap_proposal(kind text) returns text
language sql immutable parallel safe as $$
  select case kind when 'duplicate' then 'merge' when 'replanting' then 'accept' when 'shared_boundary' then 'clip' end
$$;

-- Ranks from pairs (first before second). A circle, which can only come about when a boundary returns to what it was, ends
-- at the limit: its plots then have one rank, and go by date.
create or replace function forest.ranks(firsts uuid[], seconds uuid[]) returns table (plot uuid, rank int)
language sql immutable as $$
  with recursive pair as (select * from unnest(firsts, seconds) as p (first, second)),
  placed (plot, rank) as (
    select second, 1 from pair
    union
    select p.second, l.rank + 1 from placed l join pair p on p.first = l.plot where l.rank < 64
  )
  select plot, max(rank) from placed group by plot
$$;

-- Bring the ranks up to the decisions, and have the credit of the plots whose rank changed settled at the commit.
create or replace function forest.rank_settle() returns void language plpgsql as $$
declare changed uuid[];
begin
  perform pg_advisory_xact_lock(4778::bigint << 48);
  with now as (
    select r.plot, r.rank from (
      select array_agg(d.first) as firsts, array_agg(case when d.first = d.a then d.b else d.a end) as seconds
      from forest.overlap_standing d join forest.plot a on a.id = d.a join forest.plot b on b.id = d.b and b.programme = a.programme
      where d.first is not null) p cross join lateral forest.ranks(p.firsts, p.seconds) r
  ), moved as (
    select coalesce(n.plot, o.plot) as plot, n.rank from now n full join forest.overlap_rank o on o.plot = n.plot
    where n.rank is distinct from o.rank
  ), gone as (
    delete from forest.overlap_rank where plot in (select plot from moved where rank is null)
  ), kept as (
    insert into forest.overlap_rank as r (plot, rank) select plot, rank from moved where rank is not null
    on conflict (plot) do update set rank = excluded.rank
  )
  select array_agg(plot) into changed from moved;
  insert into forest.credit_due (plots, boxes)
  select array_agg(plot), array_agg(ST_Envelope(ground)) from forest.planted where plot = any(changed) having count(*) > 0;
end $$;

create or replace function forest.overlap_decided() returns trigger language plpgsql as $$
begin
  perform forest.rank_settle();
  return null;
end $$;
create or replace trigger overlap_decided after insert on forest.overlap_decision
  for each statement execute function forest.overlap_decided();

create or replace function forest.overlap_decision_stays() returns trigger language plpgsql as $$
begin
  raise exception 'decisions about overlaps are only added to' using errcode = '55000';
end $$;
create or replace trigger overlap_decision_stays before update or delete or truncate on forest.overlap_decision
  for each statement execute function forest.overlap_decision_stays();

-- A boundary that becomes another, or goes, takes the ground from under what was decided about it.
create or replace function forest.overlap_reopened() returns trigger language plpgsql as $$
declare touched boolean;
begin
  if not exists (select from forest.overlap_decision) then return null; end if;
  if tg_op = 'INSERT' then
    touched := exists (select from after n where exists (select from forest.overlap_decision d where n.id in (d.a, d.b)));
  elsif tg_op = 'DELETE' then
    touched := exists (select from before o where exists (select from forest.overlap_decision d where o.id in (d.a, d.b)));
  else
    touched := exists (select from before o join after n using (id)
      where (o.boundary_hash, o.programme) is distinct from (n.boundary_hash, n.programme)
        and exists (select from forest.overlap_decision d where o.id in (d.a, d.b)));
  end if;
  if touched then perform forest.rank_settle(); end if;
  return null;
end $$;
create or replace trigger overlap_reopened_inserted after insert on forest.plot
  referencing new table as after for each statement execute function forest.overlap_reopened();
create or replace trigger overlap_reopened_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.overlap_reopened();
create or replace trigger overlap_reopened_deleted after delete on forest.plot
  referencing old table as before for each statement execute function forest.overlap_reopened();
