-- Adds members with the numbers from $1 to $2 - 1 and the password hash $3, and their sessions. Each has three that
-- have ended, one that is remembered, and one that was used within the last ten minutes. Rows are added in the order
-- of their time, as they would be in years, so that one member's sessions are far apart.
with grown as (
    insert into members (
        id, email, display_name, bio, locale, password_hash, password_changed_at, created_at, updated_at
    )
    select
        id_at(joined_at), left(md5(number::text), 16) || '@example.com', 'Member ' || number,
        repeat('I like old gates. ', 5), 'en', $3, joined_at, joined_at, joined_at
    from generate_series($1::bigint, $2::bigint - 1) as number
    cross join lateral (
        select now() - interval '400 days' + number * interval '20 seconds' as joined_at
    ) as life
    returning id
),
placed as (
    select id, row_number() over () / count(*) over ()::float8 as place
    from grown
)
insert into sessions (
    id, member_id, salt, created_at, absolute_end, idle_seconds, remembered, generation, rotated_at, last_seen_at,
    ended_at, end_reason, closed_at, user_agent, ip
)
select
    id_at(started_at), id, decode(md5(random()::text), 'hex'), started_at, started_at + lifetime,
    extract(epoch from idle), remembered, generation, seen_at, seen_at,
    ended_at, case when ended_at is not null then 'logout' end, ended_at,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    '203.0.113.7'
from (
    select
        id, started_at, started_at + interval '40 minutes' as seen_at, started_at + interval '40 minutes' as ended_at,
        interval '12 hours' as lifetime, interval '30 minutes' as idle, false as remembered, 8 as generation
    from placed
    cross join generate_series(0, 2) as third
    cross join lateral (
        select now() - interval '29 days' + (third + place) * interval '9 days' as started_at
    ) as life
    union all
    select
        id, now() - interval '60 days' + place * interval '50 days', now() - random() * interval '3 days', null,
        interval '90 days', interval '30 days', true, 200
    from placed
    union all
    select
        id, now() - interval '1 hour' + place * interval '45 minutes', now() - random() * interval '10 minutes', null,
        interval '12 hours', interval '30 minutes', false, 1
    from placed
) as life
order by started_at
