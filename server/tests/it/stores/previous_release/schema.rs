//! The rules of tables, and those of a later state of them that a program may break which knows the earlier one.

use sqlx::{FromRow, PgPool};

const COLUMNS: &str = "
    select
        table_name::text,
        column_name::text,
        is_nullable = 'YES' as is_nullable,
        column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as has_default
    from information_schema.columns
    where table_schema = 'public'";

const CONSTRAINTS: &str = "
    select
        conname::text as name,
        conrelid::regclass::text as table_name,
        pg_get_constraintdef(oid) as definition,
        array(
            select attname::text
            from pg_attribute
            where attrelid = conrelid and attnum = any (conkey)
        ) as columns,
        obj_description(oid, 'pg_constraint') is not null as is_explained
    from pg_constraint
    where connamespace = 'public'::regnamespace";

/// Unique indexes that belong to no constraint.
const UNIQUE_INDEXES: &str = "
    select
        indexrelid::regclass::text as name,
        indrelid::regclass::text as table_name,
        pg_get_indexdef(indexrelid) as definition,
        array(
            select attname::text
            from pg_depend
            join pg_attribute on attrelid = refobjid and attnum = refobjsubid
            where objid = indexrelid and refobjid = indrelid
        ) as columns,
        obj_description(indexrelid, 'pg_class') is not null as is_explained
    from pg_index
    join pg_class on pg_class.oid = indrelid
    where indisunique
      and relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint where conindid = indexrelid)";

#[derive(Debug, FromRow)]
struct Column {
    table_name: String,
    column_name: String,
    is_nullable: bool,
    has_default: bool,
}

/// A constraint or a unique index.
#[derive(Debug, FromRow)]
struct Rule {
    name: String,
    table_name: String,
    definition: String,
    columns: Vec<String>,
    /// A comment on it says why it accepts the previous release's rows.
    is_explained: bool,
}

/// The public tables of a database.
#[derive(Debug)]
pub(super) struct Schema {
    columns: Vec<Column>,
    rules: Vec<Rule>,
}

impl Schema {
    pub(super) async fn of(pool: &PgPool) -> Self {
        let columns = sqlx::query_as(COLUMNS).fetch_all(pool).await.unwrap();
        let mut rules: Vec<Rule> = sqlx::query_as(CONSTRAINTS).fetch_all(pool).await.unwrap();
        rules.extend(sqlx::query_as(UNIQUE_INDEXES).fetch_all(pool).await.unwrap());
        Self { columns, rules }
    }

    fn has_table(&self, table: &str) -> bool {
        self.columns.iter().any(|it| it.table_name == table)
    }

    fn column(&self, table: &str, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.table_name == table && it.column_name == name)
    }
}

/// The rules of `after` that rows may break which a program writes or reads that knows `before`. A removed column is not
/// among them: that program's queries fail.
pub(super) fn hazards(before: &Schema, after: &Schema) -> Vec<String> {
    let columns = after.columns.iter().filter_map(|new| {
        let problem = match before.column(&new.table_name, &new.column_name) {
            None if !before.has_table(&new.table_name) => None,
            None => (!new.is_nullable && !new.has_default).then_some("is new and needs a value"),
            Some(old) if old.has_default && !new.has_default => Some("no longer has a default"),
            Some(old) if old.is_nullable && !new.is_nullable => Some("can no longer be null"),
            Some(old) if !old.is_nullable && new.is_nullable => Some("can now be null"),
            Some(_) => None,
        };
        problem.map(|problem| format!("{}.{} {problem}", new.table_name, new.column_name))
    });
    let rules = after.rules.iter().filter(|new| {
        let is_old = before
            .rules
            .iter()
            .any(|old| (&old.name, &old.definition) == (&new.name, &new.definition));
        let mut columns = new.columns.iter();
        !is_old
            && !new.is_explained
            && columns.any(|column| before.column(&new.table_name, column).is_some())
    });
    let rules = rules.map(|new| format!("{} may refuse a row: {}", new.name, new.definition));
    columns.chain(rules).collect()
}
