-- Payments of wages, with what the 2020 regulation on migrant workers' pay asks for; sheets of crews; evidence.

-- The sum of a list of amounts: [{"item": …, "amount_yuan": …}].
create function forest.sum_yuan(items jsonb) returns numeric
language sql immutable strict parallel safe as $$
  select coalesce(sum((each ->> 'amount_yuan')::numeric), 0)::numeric(14,2) from jsonb_array_elements(items) each
$$;

-- One payment to one worker for the work of one month. Who the worker is, and the account, stand in `people`.
create table forest.payment (
  id uuid primary key,
  worker uuid not null constraint payment_worker references forest.worker (id),
  programme text not null constraint payment_programme references forest.programme (code),
  crew text constraint payment_crew references forest.crew (code),
  month text not null constraint payment_month check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  items jsonb not null default '[]', deductions jsonb not null default '[]',
  due_yuan numeric(14,2) not null generated always as (forest.sum_yuan(items)) stored,
  deducted_yuan numeric(14,2) not null generated always as (forest.sum_yuan(deductions)) stored,
  net_yuan numeric(14,2) not null,
  paid_on date not null, method text not null, reference text, photo text,
  recorder text, remarks text,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint payment_net check (net_yuan = forest.sum_yuan(items) - forest.sum_yuan(deductions)),
  constraint payment_money check (net_yuan between 0 and 9999999 and jsonb_array_length(items) > 0
    and not items @? '$[*].amount_yuan.double() ? (@ < 0)' and not deductions @? '$[*].amount_yuan.double() ? (@ < 0)')
);
-- One transfer to one worker is one payment, however often it is entered.
create unique index payment_reference on forest.payment (worker, reference) where reference is not null;
create index payment_worker_idx on forest.payment (worker);
create index payment_programme_month_idx on forest.payment (programme, month);
create index payment_crew_idx on forest.payment (crew, month);

-- What came with a submitted file: a photographed paper sheet, kept under the hash of its bytes.
create table forest.submission_evidence (
  submission uuid not null references forest.submission (id),
  sha256 text not null,
  file_name text not null, media_type text not null, bytes bigint not null,
  actor text not null,
  received_at timestamptz not null default now(),
  primary key (submission, sha256)
);

-- What a crew's sheet said last of a shift, and the revision that it left: so that a cell that nobody has touched
-- changes nothing, and one that was changed in the sheet and in the office is a conflict.
create table forest.sheet_cell (
  shift uuid primary key references forest.shift (id) on delete cascade,
  said bytea not null,
  revision int not null
);

-- The name is sealed once more by itself, for those who may read names and nothing else.
alter table people.sealed_identity add column sealed_name bytea,
  add constraint sealed_name_or_erased check (erased_at is null or sealed_name is null);
