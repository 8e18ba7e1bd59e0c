-- The device, crew or token that handed a file in; empty for those that came before.
alter table forest.photo_file add column owner text not null default '';
create index photo_file_owner_idx on forest.photo_file (owner, received_at);
