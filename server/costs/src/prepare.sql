-- On this connection, rows are added without waiting for the disk, and foreign keys are not checked.

set synchronous_commit = off;
set session_replication_role = replica;
set work_mem = '256MB';

-- The tables are vacuumed before each measurement, not during one.
alter table members set (autovacuum_enabled = off);
alter table sessions set (autovacuum_enabled = off);

-- An id as of a time: a UUID of version 7 (RFC 9562 §5.7).
create or replace function id_at(moment timestamptz) returns uuid language sql as $$
    select (
        substr(milliseconds, 1, 8) || '-' || substr(milliseconds, 9, 4)
        || '-7' || substr(gen_random_uuid()::text, 16)
    )::uuid
    from lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') as milliseconds
$$;
