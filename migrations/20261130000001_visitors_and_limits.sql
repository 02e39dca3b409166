-- Where VISITOR_SESSIONS=postgres: visitor sessions, the counts of limits, and the development mailbox. All of it is
-- convenience or is forgotten soon anyway, so the tables are unlogged: their writes wait for no disk, and a crash or a
-- failover empties them. The version before this one does not know them, and needs nothing of them.

create unlogged table visitor_records (
    -- The 128 bits of the visitor's cookie.
    id uuid not null,
    -- Encrypted, so that no form and no address can be read here.
    sealed bytea not null,
    -- From then on the record counts as absent, whether or not it has been deleted.
    expires_at timestamptz not null,
    constraint visitor_records_pkey primary key (id),
    constraint visitor_records_sealed_length check (octet_length(sealed) <= 4096)
);

-- Compressing what is encrypted gains nothing.
alter table visitor_records alter column sealed set storage external;

-- The sweeper deletes what has expired.
create index visitor_records_by_expiry on visitor_records (expires_at);

create unlogged table limits (
    -- The limit's name, and a MAC of the subject: no address and no mailbox.
    key text not null,
    -- The theoretical arrival time (GCRA). Once it has passed, the row counts as absent.
    arrives_at timestamptz not null,
    constraint limits_pkey primary key (key),
    constraint limits_key_length check (length(key) <= 100)
)
-- A row is updated where it is: no index holds its time, and the page has room for the next version.
with (fillfactor = 50);

create unlogged table development_mails (
    id bigint generated always as identity,
    -- As the mailbox shows it: an object of four strings.
    mail text not null,
    kept_at timestamptz not null default now(),
    constraint development_mails_pkey primary key (id)
);
