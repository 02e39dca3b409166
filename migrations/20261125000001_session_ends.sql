-- Ends from elsewhere: what a member is shown of their sessions, and sessions that outlive their member.

-- A deleted member's sessions stay as tombstones of their own: the browsers that still ask are told why, and
-- the sweeper finds them. Nothing of the person is left in them.
alter table sessions alter column member_id drop not null;
alter table sessions drop constraint sessions_member_id_fkey;
alter table sessions add constraint sessions_member_id_fkey
    foreign key (member_id) references members (id) on delete set null;
alter table sessions add constraint sessions_open_have_member
    check (member_id is not null or ended_at is not null);

-- A token that is replayed from another address or browser than the one that it was rotated from may be a
-- thief's who guessed the moment. It proves nothing, so it ends nothing: it is counted and shown.
alter table sessions add column replays_from_elsewhere integer not null default 0;
alter table sessions add constraint sessions_replays_from_elsewhere_range
    check (replays_from_elsewhere >= 0);
