-- People with an account. A row is only made once the address is confirmed, so whoever is here owns one.

create table members (
    id uuid not null,
    -- Addresses are ASCII. Collation "C" makes lower() mean the same under every locale of the server:
    -- under a Turkish one, I and i would be two addresses.
    email text collate "C" not null,
    display_name text not null,
    bio text not null default '',
    locale text not null,
    role text not null default 'member',
    standing text not null default 'active',
    -- Raised with every change of role, standing or password. Records of a lower version lose.
    authority_version bigint not null default 1,
    password_hash text not null,
    password_changed_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint members_pkey primary key (id),
    constraint members_email_length check (length(email) between 3 and 254),
    constraint members_display_name_length check (length(display_name) between 1 and 50),
    constraint members_bio_length check (length(bio) <= 500),
    constraint members_locale_known check (locale in ('en', 'ja')),
    constraint members_role_known check (role in ('member', 'admin')),
    constraint members_standing_known check (standing in ('active', 'suspended')),
    constraint members_authority_version_positive check (authority_version >= 1),
    -- No slip in the program can put a password here in place of its hash.
    constraint members_password_hash_form check (password_hash like '$argon2id$%')
);

-- One account an address, whatever its case. The index decides, not the program: of fifty sign-ups at once,
-- one is first.
create unique index members_email_key on members (lower(email));
