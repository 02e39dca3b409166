//! What tables accept, and where a later state of them refuses what an earlier one accepted, or returns what it never
//! did.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgPool;

/// A column, by table and name.
type ColumnName = (String, String);

/// A column's rules for a row that does not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Column {
    is_nullable: bool,
    has_default: bool,
}

/// A constraint or a unique index.
#[derive(Debug)]
struct Rule {
    table: String,
    definition: String,
    columns: Vec<String>,
    /// A comment on it says why the previous release's rows pass.
    is_explained: bool,
}

/// The public tables.
#[derive(Debug)]
pub(super) struct Schema {
    columns: BTreeMap<ColumnName, Column>,
    rules: BTreeMap<String, Rule>,
}

impl Schema {
    pub(super) async fn of(pool: &PgPool) -> Self {
        let columns: Vec<(String, String, bool, bool)> = sqlx::query_as(
            "select table_name::text, column_name::text, is_nullable = 'YES',
                    column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS'
             from information_schema.columns
             where table_schema = 'public'",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        let rules: Vec<(String, String, String, Vec<String>, bool)> = sqlx::query_as(
            "select conname::text, conrelid::regclass::text, pg_get_constraintdef(oid),
                    array(
                        select attname::text from pg_attribute
                        where attrelid = conrelid and attnum = any (conkey)
                    ),
                    obj_description(oid, 'pg_constraint') is not null
             from pg_constraint
             where connamespace = 'public'::regnamespace
             union all
             select indexrelid::regclass::text, indrelid::regclass::text, pg_get_indexdef(indexrelid),
                    array(
                        select attname::text from pg_depend
                        join pg_attribute on attrelid = refobjid and attnum = refobjsubid
                        where objid = indexrelid and refobjid = indrelid and refobjsubid > 0
                    ),
                    obj_description(indexrelid, 'pg_class') is not null
             from pg_index
             where indisunique
               and indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
               and not exists (select from pg_constraint where conindid = indexrelid)",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        Self {
            columns: columns
                .into_iter()
                .map(|(table, name, is_nullable, has_default)| {
                    ((table, name), Column { is_nullable, has_default })
                })
                .collect(),
            rules: rules
                .into_iter()
                .map(|(name, table, definition, columns, is_explained)| {
                    (name, Rule { table, definition, columns, is_explained })
                })
                .collect(),
        }
    }

    fn tables(&self) -> BTreeSet<&str> {
        self.columns.keys().map(|(table, _)| table.as_str()).collect()
    }
}

/// What a program that knows the tables as in `before` may meet on those in `after`. Removed columns are found by its
/// queries instead.
pub(super) fn hazards(before: &Schema, after: &Schema) -> Vec<String> {
    let tables = before.tables();
    let columns = after.columns.iter().filter(|((table, _), _)| tables.contains(table.as_str()));
    let columns = columns.filter_map(|(column, new)| {
        let name = format!("{}.{}", column.0, column.1);
        match before.columns.get(column) {
            None if !new.is_nullable && !new.has_default => {
                Some(format!("{name} is new and needs a value"))
            }
            Some(old) if old.has_default && !new.has_default => {
                Some(format!("{name} has no default any more"))
            }
            Some(old) if old.is_nullable && !new.is_nullable => {
                Some(format!("{name} cannot be null any more"))
            }
            Some(old) if !old.is_nullable && new.is_nullable => Some(format!("{name} can be null")),
            _ => None,
        }
    });
    let rules = after.rules.iter().filter_map(|(name, new)| {
        let is_known = before.rules.get(name).is_some_and(|old| old.definition == new.definition);
        let concerns_old_columns = new
            .columns
            .iter()
            .any(|column| before.columns.contains_key(&(new.table.clone(), column.clone())));
        (!is_known && concerns_old_columns && !new.is_explained)
            .then(|| format!("{name} may refuse rows of the previous release: {}", new.definition))
    });
    columns.chain(rules).collect()
}
