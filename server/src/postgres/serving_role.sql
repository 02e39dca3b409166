do $$
declare
    serving constant text := current_setting('genkan.serving_role');
    here constant text := current_schema();
begin
    -- Two sessions that grant at once would fail; the number is arbitrary.
    perform pg_advisory_xact_lock(114784820163699);
    if not exists (select from pg_roles where rolname = serving) then
        execute format('create role %I nologin', serving);
    end if;
    if not has_schema_privilege(serving, here, 'usage') then
        execute format('grant usage on schema %I to %I', here, serving);
    end if;
    execute format(
        'grant select, insert, update, delete on all tables in schema %I to %I', here, serving
    );
    -- Which migrations have run is for those who migrate to say.
    execute format('revoke insert, update, delete on %I._sqlx_migrations from %I', here, serving);
end
$$
