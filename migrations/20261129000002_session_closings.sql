-- Which ends the live-session store has been told of: so the sweeper closes those that it has not been, and not
-- everything that ended lately over and over. Null where it has not, or where a version before this one ended the
-- session: those are closed once more, as far as they ended within the life of an access token. What ended before
-- that needs no closing, so no old row is touched.

alter table sessions add column closed_at timestamptz;
alter table sessions add constraint sessions_closed_has_ended
    check (closed_at is null or ended_at is not null);

-- The sweeper asks for what ended lately and is not closed.
create index sessions_unclosed on sessions (ended_at, id) where ended_at is not null and closed_at is null;
