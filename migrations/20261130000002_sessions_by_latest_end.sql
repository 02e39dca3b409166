-- no-transaction
-- Rows of old sessions are deleted by the time at which they were over at the latest: their marked end, or their absolute
-- end. A refresh changes neither, so it still touches no index.
-- The table may have hundreds of millions of rows, so the index is built beside the load. That takes a file with this
-- statement alone. If it was interrupted, `genkan migrate` drops what there is of the index, and builds it again.
create index concurrently if not exists sessions_by_latest_end on sessions (least(ended_at, absolute_end));
