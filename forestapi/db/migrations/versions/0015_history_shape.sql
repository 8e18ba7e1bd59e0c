-- Entries of history are written by the triggers that forest.history_watch makes, with the shape that it has just made;
-- shapes are only ever added. The foreign key had each entry look its shape up, and all writers lock the same row.
alter table forest.history drop constraint history_shape_fkey;
