-- Who confirms twice, or opens the mail again on the next day, is told that the address is confirmed. What is
-- left of a sign-up for that holds nothing that was typed.

create table completed_sign_ups (
    -- The sign-up's: the mail's link names it.
    id uuid not null,
    -- Whose address it proved. A deleted member takes the row along.
    member_id uuid not null,
    -- The MAC of the newest code, for a button that was pressed twice.
    code_hash bytea not null,
    completed_at timestamptz not null default now(),
    constraint completed_sign_ups_pkey primary key (id),
    constraint completed_sign_ups_member_fkey
        foreign key (member_id) references members (id) on delete cascade
);

create index completed_sign_ups_by_member on completed_sign_ups (member_id);

-- The sweeper takes the oldest away.
create index completed_sign_ups_by_age on completed_sign_ups (completed_at);

-- Proving an address takes its other sign-ups away, and so does deleting its account.
create index confirmations_by_mailbox on confirmations (lower(email));
