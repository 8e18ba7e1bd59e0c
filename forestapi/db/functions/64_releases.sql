-- Releases: frozen for good, and what everybody may read of them.

create or replace function forest.release_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a release is only ever added to' using errcode = 'insufficient_privilege';
end $$;
create or replace trigger release_stays before update or delete or truncate on forest.release
  for each statement execute function forest.release_stays();
create or replace trigger release_atom_stays before update or delete or truncate on forest.release_atom
  for each statement execute function forest.release_stays();

drop view if exists forest.releases, forest.release_atoms, forest.release_states;

create view forest.releases as
select id, programme, kind, starts_on, ends_on, method_version, is_synthetic, sha256, made_at
from forest.release where not is_withheld;

create view forest.release_atoms as
select a.release, r.programme, a.number, a.kind, a.starts_on, a.county, a.township, a.sex, a.age_band,
  a.person_times, a.person_days, a.hours, a.distinct_workers, a.wages_yuan, r.is_synthetic
from forest.release_atom a join forest.release r on r.id = a.release;

-- How far a programme is released, and whether any month in it is withheld; never which, nor how many.
create view forest.release_states as
select programme, max(starts_on) filter (where kind = 'month' and not is_withheld) as last_month,
  coalesce(bool_or(is_withheld) filter (where kind = 'month'), false) as are_some_withheld
from forest.release group by programme;
