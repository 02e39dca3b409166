-- The truth about sessions: which exist, their generation, and their end. The live session in Redis can be
-- made again from here; nothing here can be made again from there.

create table sessions (
    id uuid not null,
    member_id uuid not null,
    -- Keys the inner MAC of the refresh tokens. No token and no hash of one is kept.
    salt bytea not null,
    created_at timestamptz not null default now(),
    absolute_end timestamptz not null,
    idle_seconds integer not null,
    remembered boolean not null,
    generation bigint not null default 1,
    rotated_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    late_replay_generation bigint,
    ended_at timestamptz,
    end_reason text,
    -- For the member to recognise the browser. Neither decides anything.
    user_agent text not null default '',
    ip inet,
    constraint sessions_pkey primary key (id),
    constraint sessions_member_id_fkey foreign key (member_id) references members (id) on delete cascade,
    constraint sessions_salt_length check (octet_length(salt) = 16),
    constraint sessions_absolute_end_after_start check (absolute_end > created_at),
    constraint sessions_idle_seconds_positive check (idle_seconds > 0),
    -- A generation is 32 bits wide in the tokens.
    constraint sessions_generation_range check (generation between 1 and 4294967295),
    constraint sessions_late_replay_generation_range check (late_replay_generation between 1 and generation),
    constraint sessions_end_has_reason check ((ended_at is null) = (end_reason is null)),
    constraint sessions_end_reason_known check (
        end_reason in (
            'logout', 'revoked', 'password_changed', 'idle', 'absolute', 'reuse', 'suspended', 'deleted'
        )
    ),
    constraint sessions_user_agent_length check (length(user_agent) <= 512)
)
-- Each rotation rewrites its row. With room left on the page, and no index on what a rotation changes, the
-- new version lies beside the old one and no index is touched.
with (fillfactor = 70);

-- Lists and ends all sessions of one member.
create index sessions_by_member on sessions (member_id) where ended_at is null;

-- The sweeper asks for what ended lately, or long ago.
create index sessions_by_end on sessions (ended_at) where ended_at is not null;
