-- The front desk, where LIVE_SESSIONS=postgres: which sessions are valid right now, or a tombstone where one
-- has ended. Nothing here is the truth about anything: each record can be made again from its session's row.
-- So the table is unlogged. Its writes wait for no disk; a crash or a failover empties it, which logs nobody
-- out and brings no ended session back.

create unlogged table live_sessions (
    id uuid not null,
    -- All of these in a live session, none in a tombstone.
    member_id uuid,
    role text,
    authority_version bigint,
    authenticated_at timestamptz,
    absolute_end timestamptz,
    newest_generation bigint,
    -- Only in a tombstone.
    end_reason text,
    -- From then on the record counts as absent, whether or not it has been cleared away.
    expires_at timestamptz not null,
    constraint live_sessions_pkey primary key (id),
    constraint live_sessions_live_or_tombstone check (
        num_nulls(
            member_id, role, authority_version, authenticated_at, absolute_end, newest_generation
        ) = case when end_reason is null then 0 else 6 end
    ),
    constraint live_sessions_role_known check (role in ('member', 'admin')),
    constraint live_sessions_end_reason_known check (
        end_reason in (
            'logout', 'revoked', 'password_changed', 'idle', 'absolute', 'reuse', 'suspended', 'deleted'
        )
    ),
    -- A generation is 32 bits wide in the tokens; 0 before the first.
    constraint live_sessions_newest_generation_range check (newest_generation between 0 and 4294967295)
)
-- Records are renewed where they lie: with room left on the page, noting a generation touches no index.
with (fillfactor = 70);

-- What has expired is cleared away.
create index live_sessions_by_expiry on live_sessions (expires_at);
