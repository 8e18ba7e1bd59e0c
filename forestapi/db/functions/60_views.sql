-- What is read. One view for each noun, with the columns that its struct writes and those that the ledger
-- derives; and three views that every statistic is written over.

drop view if exists forest.programmes, forest.regions, forest.plots, forest.plantings, forest.surveys,
  forest.households, forest.claims, forest.crews, forest.workers, forest.shifts, forest.payments, forest.wages,
  forest.planted_ground, forest.planted_lines, forest.work, forest.survival_checks, forest.species_read cascade;

create view forest.species_read as
select code, scientific_name, name_zh, name_en, growth_form, false as is_synthetic, revision, received_at, updated_at
from forest.species;

create view forest.programmes as
select code, name_zh, name_en, sponsor, starts_on, ends_on, target_area_m2, target_trees,
  funds_pledged_yuan, funds_spent_yuan, funds_as_of, regions, is_synthetic, revision, received_at, updated_at
from forest.programme;

create view forest.regions as
select code, code_year, parent, level, name_zh, name_en, climate_class, poverty_county_from, poverty_county_to,
  boundary, is_synthetic, revision, received_at, updated_at
from forest.region;

create view forest.plots as
select p.id, p.programme, p.number, p.region, p.compartment, p.subcompartment, p.tenure, p.prior_land_class,
  p.climate_class, p.boundary, p.source_crs, p.capture_method, p.accuracy_m, p.declared_area_m2, p.lifecycle,
  p.accepted_on, p.layer, p.layer_key, p.attributes,
  p.area_m2, p.geodesic_area_m2, c.credited_m2, d.plot is not null as is_planted, d.planted_on, d.species,
  case when p.submission is not null
    then jsonb_build_object('submission', p.submission, 'row', p.submission_row) end as evidence,
  g.is_synthetic, p.revision, p.received_at, p.updated_at
from forest.plot p join forest.programme g on g.code = p.programme left join forest.planted d on d.plot = p.id
  left join forest.credit c on c.plot = p.id;

create view forest.plantings as
select n.id, n.plot, n.kind, n.started_on, n.ended_on, n.lines, p.programme,
  g.is_synthetic, n.revision, n.received_at, n.updated_at
from forest.planting n join forest.plot p on p.id = n.plot join forest.programme g on g.code = p.programme;

create view forest.surveys as
select s.id, s.plot, s.surveyed_on, s.stage, s.level, s.sample_holes, s.live_holes, s.vegetation_cover,
  s.canopy_closure, s.mean_height_m, s.mean_crown_m, s.vigour, s.damage, s.method, s.checker, s.is_independent,
  s.remarks, p.programme, g.is_synthetic, s.revision, s.received_at, s.updated_at
from forest.survey s join forest.plot p on p.id = s.plot join forest.programme g on g.code = p.programme;

create view forest.claims as
select c.code, c.programme, c.statement_zh, c.statement_en, c.value, c.unit, c.meaning, c.rounded_to, c.period_from, c.period_to,
  c.claimed_on, c.regions, c.source, g.is_synthetic, c.revision, c.received_at, c.updated_at
from forest.claim c join forest.programme g on g.code = c.programme;

create view forest.households as
select id, number, region, registered_from, registered_to, is_synthetic, revision, received_at, updated_at
from forest.household;

create view forest.crews as
select c.code, c.programme, c.name_zh, c.name_en, c.region, g.is_synthetic, c.revision, c.received_at, c.updated_at
from forest.crew c join forest.programme g on g.code = c.programme;

create view forest.workers as
select w.id, w.number, w.household, w.crew, w.birth_year, w.sex, coalesce(g.is_synthetic, false) as is_synthetic,
  w.revision, w.received_at, w.updated_at
from forest.worker w left join forest.crew c on c.code = w.crew left join forest.programme g on g.code = c.programme;

create view forest.shifts as
select s.id, s.worker, s.programme, s.crew, s.plot, coalesce(p.region, s.region, c.region) as region,
  s.work_date, s.number, s.starts_at, s.ends_at, s.activity, s.is_paid, s.hours, s.hours_known, s.pay_basis,
  s.quantity, s.rate_yuan, s.wage_yuan, s.is_insured, s.recorder, s.status,
  g.is_synthetic, s.revision, s.received_at, s.updated_at
from forest.shift s join forest.programme g on g.code = s.programme
  left join forest.plot p on p.id = s.plot left join forest.crew c on c.code = s.crew;

create view forest.payments as
select p.id, p.worker, p.programme, p.crew, p.month, forest.with_numbers(p.items) as items,
  forest.with_numbers(p.deductions) as deductions, p.due_yuan, p.deducted_yuan, p.net_yuan,
  p.paid_on, p.method, p.reference, p.photo, p.recorder, p.remarks,
  g.is_synthetic, p.revision, p.received_at, p.updated_at
from forest.payment p join forest.programme g on g.code = p.programme;

-- Wages: what is due by a shift, and what a payment settled of it, each a row of its worker and month.
create view forest.wages as
select s.id as wage, 'shift' as source, s.worker, s.programme, s.crew, s.work_date as happened_on, s.status, w.sex,
  s.hours, s.wage_yuan as due_yuan, 0::numeric as settled_yuan, 0::numeric as deducted_yuan, 0::numeric as net_yuan, g.is_synthetic
from forest.shift s join forest.programme g on g.code = s.programme join forest.worker w on w.id = s.worker
where s.is_paid
union all
select y.id, 'payment', y.worker, y.programme, y.crew, (y.month || '-01')::date, null, w.sex,
  0, 0, forest.settled_yuan(y.items), y.deducted_yuan, y.net_yuan, g.is_synthetic
from forest.payment y join forest.programme g on g.code = y.programme join forest.worker w on w.id = y.worker;

-- Ground that was planted new: a row for each plot.
create view forest.planted_ground as
select p.id as plot, p.programme, p.region, d.planted_on as happened_on,
  coalesce(p.climate_class, r.climate_class) as climate_class,
  p.area_m2, c.credited_m2, p.lifecycle in ('accepted', 'preserved') as is_accepted, g.is_synthetic
from forest.planted d join forest.plot p on p.id = d.plot join forest.programme g on g.code = p.programme
  join forest.credit c on c.plot = d.plot left join forest.region r on r.code = p.region;

-- Work: a row for each shift, with what its worker may be grouped by on the date of the work.
create view forest.work as
select s.id as shift, s.worker, s.programme, coalesce(p.region, s.region, c.region) as region, s.plot,
  s.work_date as happened_on, s.activity, s.is_paid, s.status, s.hours, s.wage_yuan, s.is_insured,
  w.sex, w.household, extract(year from s.work_date)::int - w.birth_year as age,
  coalesce(p.climate_class, r.climate_class) as climate_class, g.is_synthetic,
  coalesce(s.work_date >= h.registered_from and s.work_date <= coalesce(h.registered_to, s.work_date), false) as is_registered,
  coalesce(s.work_date >= r.poverty_county_from and s.work_date <= coalesce(r.poverty_county_to, s.work_date), false)
    as is_in_poverty_county
from forest.shift s join forest.programme g on g.code = s.programme join forest.worker w on w.id = s.worker
  left join forest.household h on h.id = w.household
  left join forest.plot p on p.id = s.plot left join forest.crew c on c.code = s.crew
  left join forest.region r on r.code = coalesce(p.region, s.region, c.region);

-- What was planted: a row for each species of each planting.
create view forest.planted_lines as
select n.plot, n.kind, l.species, l.design_holes, l.planted_count
from forest.planting_line l join forest.planting n on n.id = l.planting;

-- Survival checks: a row for each, marked where a later one of the same stage has taken its place.
create view forest.survival_checks as
select s.id as survey, s.plot, p.programme, p.region, s.surveyed_on as happened_on, s.stage, s.level,
  s.sample_holes, s.live_holes, s.is_independent, p.area_m2,
  coalesce(p.climate_class, r.climate_class) as climate_class, g.is_synthetic, s.canopy_closure, s.vegetation_cover
from forest.survey s join forest.plot p on p.id = s.plot join forest.programme g on g.code = p.programme
  left join forest.region r on r.code = p.region;
