const GRANTEES = `(concat("'", replace(current_user(), '@', "'@'"), "'"), current_role(), concat("'", current_role(), "'@''"))`

type Databases = readonly string[] | 'all'

/**
 * Statements whose answer shows what the current user cannot see, so that a dump lacks it and succeeds: tables, triggers and events of databases, routines,
 * databases themselves. First the grants, those of enabled roles included; then lines of up to three columns: the global rights any of which is sufficient,
 * what is not visible without them, and the database for which they also suffice. `information_schema` does not contain the rights of roles of roles.
 */
export function lackingRights(databases: Databases): string {
  const statement = [
    perDatabase(databases, 'SELECT', 'tables'),
    perDatabase(databases, 'SHOW VIEW', 'views') + HAS_VIEWS,
    perDatabase(databases, 'TRIGGER', 'triggers'),
    perDatabase(databases, 'EVENT', 'events'),
    `select 'SELECT, SHOW CREATE ROUTINE, SHOW_ROUTINE', 'procedures and functions', 'mysql' from dual where` +
      ` not exists (select 1 from information_schema.schema_privileges p where p.privilege_type = 'SELECT' and 'mysql' like p.table_schema and p.grantee in ${GRANTEES})` +
      ` and not exists (select 1 from information_schema.table_privileges p where p.privilege_type = 'SELECT' and p.table_schema = 'mysql' and p.table_name = 'proc' and p.grantee in ${GRANTEES})`,
    ...(databases === 'all' ? [`select 'SHOW DATABASES, SELECT', 'other databases', '' from dual`] : []),
  ].join(' union all ')
  return `show grants; ${statement}`
}

/**
 * Statements whose answer, of the same form, shows for which parts a dump fails: what the current user sees, but must not read. The first column is empty if
 * no grant can help.
 */
export function unreadableParts(databases: Databases): string {
  const named = databases === 'all' ? [] : databases
  const statement = [
    ...named.map(
      (name) =>
        `select '', concat('the database "', ${literal(name)}, '": it is missing, or not visible without a privilege'), '' from dual` +
        ` where not exists (select 1 from information_schema.schemata s where s.schema_name = ${literal(name)})`,
    ),
    `select distinct '', concat('the table "', c.table_schema, '"."', c.table_name, '"'), '' from information_schema.columns c` +
      ` join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type not like '%VIEW'` +
      ` where ${isDumped(databases, 'c.table_schema')} and c.privileges not like '%select%'`,
    perDatabase(databases, 'SHOW VIEW', 'views') + HAS_VIEWS,
    perDatabase(databases, 'EVENT', 'events'),
    `select '', concat('the ', lower(r.routine_type), ' "', r.routine_schema, '"."', r.routine_name, '"'), '' from information_schema.routines r` +
      ` where ${isDumped(databases, 'r.routine_schema')} and r.routine_definition is null`,
  ].join(' union all ')
  return `show grants; ${statement}`
}

function isDumped(databases: Databases, column: string): string {
  return databases === 'all'
    ? `${column} not in ('information_schema', 'performance_schema', 'sys')`
    : `${column} in (${databases.map(literal).join(', ')})`
}

function perDatabase(databases: Databases, right: string, what: string): string {
  return (
    `select '${right}', concat('${what} of the database "', s.schema_name, '"'), s.schema_name from information_schema.schemata s where ${isDumped(databases, 's.schema_name')}` +
    ` and not exists (select 1 from information_schema.schema_privileges p where p.privilege_type = '${right}' and s.schema_name like p.table_schema and p.grantee in ${GRANTEES})`
  )
}

const HAS_VIEWS =
  " and exists (select 1 from information_schema.tables t where t.table_schema = s.schema_name and t.table_type = 'VIEW'" +
  " and not exists (select 1 from information_schema.table_privileges p where p.privilege_type = 'SHOW VIEW' and p.table_schema = t.table_schema" +
  ` and p.table_name = t.table_name and p.grantee in ${GRANTEES}))`

function literal(name: string): string {
  return `'${name.replaceAll(/[\\']/gu, '\\$&')}'`
}
