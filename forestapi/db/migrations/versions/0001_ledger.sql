-- The nouns of the ledger and their invariants. Derived columns are filled by the functions that
-- forestapi/db/functions holds; the names of constraints are keys of forestapi/db/constraints.py.

create schema if not exists forest;
create schema if not exists people;

create table forest.programme (
  code text primary key,
  name_zh text not null, name_en text not null,
  sponsor text,
  starts_on date, ends_on date,
  target_area_m2 float8, target_trees bigint,
  funds_pledged_yuan numeric(16,2), funds_spent_yuan numeric(16,2), funds_as_of date,
  regions jsonb not null default '[]',
  is_synthetic boolean not null default false,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint programme_dates check (ends_on >= starts_on),
  constraint programme_money check (funds_pledged_yuan >= 0 and funds_spent_yuan >= 0)
);

create table forest.region (
  code text primary key,
  code_year int,
  parent text constraint region_parent references forest.region (code) deferrable initially deferred,
  level text not null,
  name_zh text not null, name_en text,
  climate_class text,
  poverty_county_from date, poverty_county_to date,
  is_synthetic boolean not null default false,
  boundary geometry(MultiPolygon, 4326) constraint region_boundary_valid check (ST_IsValid(boundary)),
  shape geometry(MultiPolygon, 3857) generated always as (ST_Transform(boundary, 3857)) stored,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create index region_parent_idx on forest.region (parent);
create index region_shape_gix on forest.region using gist (shape);

-- Every region with itself and all that it lies in, so that any level can be grouped by.
create table forest.region_ancestor (
  region text not null references forest.region (code) on delete cascade,
  level text not null,
  ancestor text not null references forest.region (code) on delete cascade,
  primary key (region, level)
);
create index region_ancestor_ancestor_idx on forest.region_ancestor (ancestor);

-- Boundaries cut into small pieces: finding the region of a point is then cheap however long they are.
create table forest.region_piece (
  region text not null references forest.region (code) on delete cascade,
  depth int not null,
  piece geometry(Polygon, 4326) not null
);
create index region_piece_gix on forest.region_piece using gist (piece);
create index region_piece_region_idx on forest.region_piece (region);

create table forest.species (
  code text primary key,
  scientific_name text not null constraint species_scientific_name unique,
  name_zh text not null, name_en text not null,
  growth_form text not null default 'shrub',
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now()
);

-- One submitted file: kept as it came, with what became of its rows.
create table forest.submission (
  id uuid primary key,
  noun text not null,
  file_name text not null, sha256 text not null,
  programme text references forest.programme (code),
  layer text, crs text,
  actor text not null,
  counts jsonb not null,
  received_at timestamptz not null default now()
);
create index submission_programme_idx on forest.submission (programme);

create table forest.plot (
  id uuid primary key,
  programme text not null constraint plot_programme references forest.programme (code),
  number text not null,
  region text constraint plot_region references forest.region (code),
  compartment text, subcompartment text, tenure text, prior_land_class text, climate_class text,
  boundary geometry(MultiPolygon, 4326) not null
    constraint plot_boundary_valid check (ST_IsValid(boundary) and not ST_IsEmpty(boundary)),
  source_crs text, capture_method text not null default 'unknown', accuracy_m float8,
  declared_area_m2 float8,
  lifecycle text not null default 'planned', accepted_on date,
  layer text, layer_key text,
  attributes jsonb not null default '{}',
  -- evidence as submitted: the file, its row, and the geometry before conversion
  submission uuid references forest.submission (id), submission_row bigint, source_boundary bytea,
  -- derived
  ground geometry(MultiPolygon, 6933) generated always as (ST_Transform(boundary, 6933)) stored,
  shape geometry(MultiPolygon, 3857) generated always as (ST_Transform(boundary, 3857)) stored,
  area_m2 float8 generated always as (ST_Area(ST_Transform(boundary, 6933))) stored,
  geodesic_area_m2 float8 generated always as (ST_Area(boundary::geography)) stored,
  boundary_hash text,
  is_planted boolean not null default false, planted_on date, species text references forest.species (code),
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create unique index plot_layer_key on forest.plot (programme, layer, layer_key) where layer_key is not null;
create index plot_boundary_hash on forest.plot (programme, boundary_hash);
create index plot_ground_gix on forest.plot using gist (ground) where is_planted;
create index plot_shape_gix on forest.plot using gist (shape);
create index plot_boundary_gix on forest.plot using gist (boundary);
create index plot_region_idx on forest.plot (region);
create index plot_species_idx on forest.plot (species);
create index plot_submission_idx on forest.plot (submission);

create table forest.planting (
  id uuid primary key,
  plot uuid not null constraint planting_plot references forest.plot (id) on delete cascade,
  kind text not null default 'new',
  started_on date, ended_on date,
  lines jsonb not null default '[]',
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint planting_dates check (ended_on >= started_on)
);
create index planting_plot_idx on forest.planting (plot);

-- The lines of a planting, a row each, kept by trigger.
create table forest.planting_line (
  planting uuid not null references forest.planting (id) on delete cascade,
  plot uuid not null,
  species text not null constraint planting_species references forest.species (code),
  design_holes bigint not null,
  planted_count bigint,
  primary key (planting, species)
);
create index planting_line_plot_idx on forest.planting_line (plot);
create index planting_line_species_idx on forest.planting_line (species);

-- The share of each species in a plot, by design holes of its new plantings; a plot's shares add up to 1.
create table forest.plot_species (
  plot uuid not null references forest.plot (id) on delete cascade,
  species text not null references forest.species (code),
  share float8 not null check (share > 0 and share <= 1),
  primary key (plot, species)
);
create index plot_species_species_idx on forest.plot_species (species);

create table forest.survey (
  id uuid primary key,
  plot uuid not null constraint survey_plot references forest.plot (id) on delete cascade,
  surveyed_on date not null, stage text not null, level text not null default 'self',
  sample_holes bigint not null, live_holes bigint not null,
  vegetation_cover float8, canopy_closure float8, mean_height_m float8, mean_crown_m float8,
  vigour text, damage jsonb not null default '[]', method text, checker text,
  is_independent boolean not null default false, remarks text,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint survey_holes check (sample_holes > 0 and live_holes between 0 and sample_holes)
);
create index survey_plot_idx on forest.survey (plot, surveyed_on);

create table forest.household (
  id uuid primary key,
  number text constraint household_number unique,
  region text references forest.region (code),
  registered_from date, registered_to date,
  is_synthetic boolean not null default false,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint household_dates check (registered_to >= registered_from)
);
create index household_region_idx on forest.household (region);

create table forest.crew (
  code text primary key,
  programme text not null constraint crew_programme references forest.programme (code),
  name_zh text not null, name_en text,
  region text constraint crew_region references forest.region (code),
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create index crew_programme_idx on forest.crew (programme);
create index crew_region_idx on forest.crew (region);

create table forest.worker (
  id uuid primary key,
  number text constraint worker_number unique,
  household uuid constraint worker_household references forest.household (id),
  crew text constraint worker_crew references forest.crew (code),
  birth_year int, sex text not null default 'unknown',
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create index worker_household_idx on forest.worker (household);
create index worker_crew_idx on forest.worker (crew);

create table people.identity (
  worker uuid primary key references forest.worker (id) on delete cascade,
  name text, id_number text, phone text, account text,
  updated_at timestamptz not null default now()
);
-- What a sheet may call a worker by: a number, an identity number, a name within a crew.
create table people.worker_key (
  key text primary key,
  worker uuid not null references forest.worker (id) on delete cascade
);
create index worker_key_worker_idx on people.worker_key (worker);

create table forest.shift (
  id uuid primary key,
  worker uuid not null constraint shift_worker references forest.worker (id),
  programme text not null constraint shift_programme references forest.programme (code),
  crew text constraint shift_crew references forest.crew (code),
  plot uuid constraint shift_plot references forest.plot (id),
  region text constraint shift_region references forest.region (code),
  work_date date not null, number smallint not null default 1,
  starts_at time, ends_at time,
  activity text not null, is_paid boolean not null default true,
  hours numeric(4,2) not null default 8, hours_known text not null default 'estimated',
  pay_basis text not null default 'day', quantity numeric(12,2), rate_yuan numeric(12,4),
  wage_yuan numeric(12,2) not null default 0,
  is_insured boolean, recorder text, status text not null default 'submitted',
  submission uuid references forest.submission (id), submission_row bigint,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint shift_hours check (hours > 0 and hours <= 16),
  constraint shift_money check (wage_yuan >= 0 and rate_yuan >= 0 and quantity >= 0),
  constraint shift_times check (ends_at > starts_at),
  constraint shift_no_overlap exclude using gist (
    worker with =, work_date with =,
    tsrange(work_date + starts_at, work_date + ends_at) with &&
  ) where (status in ('submitted', 'approved') and starts_at is not null and ends_at is not null)
);
create unique index shift_worker_date_number on forest.shift (worker, work_date, number)
  where status in ('submitted', 'approved');
create index shift_plot_idx on forest.shift (plot);
create index shift_programme_date_idx on forest.shift (programme, work_date);
create index shift_crew_idx on forest.shift (crew);
create index shift_region_idx on forest.shift (region);
create index shift_submission_idx on forest.shift (submission);

-- A worker's date, with the hours of its accepted shifts: the row that two writers of one person-day meet at.
create table forest.person_day (
  worker uuid not null, work_date date not null,
  shifts int not null, hours numeric(6,2) not null,
  primary key (worker, work_date),
  constraint person_day_hours check (hours <= 16)
);

-- A record that a rule holds: kept as submitted, counted nowhere, until a person decides.
create table forest.held (
  id uuid primary key,
  noun text not null,
  programme text references forest.programme (code),
  identity text not null,
  record jsonb not null,
  findings jsonb not null,
  submission uuid references forest.submission (id), submission_row bigint, source_boundary bytea,
  actor text not null,
  received_at timestamptz not null default now(),
  constraint held_identity unique (noun, identity)
);
create index held_programme_idx on forest.held (programme);
create index held_submission_idx on forest.held (submission);

-- What the rules remark on records that were taken in all the same.
create table forest.finding (
  noun text not null, record uuid not null, rule text not null,
  severity text not null, place text, field text, message jsonb not null,
  received_at timestamptz not null default now(),
  primary key (noun, record, rule)
);

create table forest.token (
  id uuid primary key,
  role text not null, label text not null,
  sha256 bytea not null unique,
  created_at timestamptz not null default now(), used_at timestamptz, revoked_at timestamptz
);

-- Ground that two plots share, seen from the one that comes later in the order of credit; shape in a frame
-- of its own (see functions/credit.sql), kept for every pair, also across programmes.
create table forest.overlap (
  later uuid not null, earlier uuid not null,
  is_one_programme boolean not null,
  shape geometry not null, area_m2 float8 not null,
  primary key (later, earlier)
);
create index overlap_earlier on forest.overlap (earlier);

-- Outside the plot's row, so that a neighbour's write changes neither its revision nor waits for its lock.
create table forest.credit (
  plot uuid primary key,
  credited_m2 float8 not null
);
create unlogged table forest.credit_due (
  transaction xid8 not null default pg_current_xact_id(),
  plots uuid[] not null, boxes geometry[] not null
);
create index credit_due_transaction on forest.credit_due (transaction);

-- Plots of each programme counted in cells of a grid, 64 to the side of a map tile, at zoom levels 4 to 10.
create table forest.cell (
  level smallint not null, x int not null, y int not null, programme text not null,
  plots int not null, area_m2 float8 not null,
  primary key (level, x, y, programme)
);
