-- What could not be taken is here as well: its number is no gap in what the phone counts.

alter table forest.sync_quarantine add column seq bigint;
