-- Links for members who have forgotten the password. One row a member, so a newer link puts an older one out of use,
-- and nobody can fill the table by asking. The version before this one does not know the table, and needs nothing
-- of it.

create table password_resets (
    member_id uuid not null,
    -- A MAC of the link's token: a copy of the database opens no account.
    token_hash bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint password_resets_pkey primary key (member_id),
    constraint password_resets_member_id_fkey foreign key (member_id) references members (id) on delete cascade,
    constraint password_resets_token_hash_key unique (token_hash),
    constraint password_resets_token_hash_length check (octet_length(token_hash) = 32),
    constraint password_resets_expires_after_start check (expires_at > created_at)
);

-- What has expired is cleared away.
create index password_resets_by_expiry on password_resets (expires_at);
