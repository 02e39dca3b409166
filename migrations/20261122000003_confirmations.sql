-- Sign-ups that wait for the code from the mail. Not unique by address: anyone may type anyone's, and the
-- first to prove it becomes the member, by the index on members.

create table confirmations (
    id uuid not null,
    email text collate "C" not null,
    display_name text not null,
    password_hash text not null,
    locale text not null,
    -- A MAC of the code: a copy of the database lets nobody confirm.
    code_hash bytea not null,
    tries smallint not null default 0,
    mails smallint not null default 1,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint confirmations_pkey primary key (id),
    constraint confirmations_email_length check (length(email) between 3 and 254),
    constraint confirmations_display_name_length check (length(display_name) between 1 and 50),
    constraint confirmations_password_hash_form check (password_hash like '$argon2id$%'),
    constraint confirmations_locale_known check (locale in ('en', 'ja')),
    -- Six digits are few. The limits hold even if the program forgets them.
    constraint confirmations_tries_limit check (tries between 0 and 5),
    constraint confirmations_mails_limit check (mails between 1 and 5),
    constraint confirmations_expires_after_start check (expires_at > created_at)
);

-- Each new sign-up takes a few of the oldest away.
create index confirmations_by_age on confirmations (created_at);
