/**
 * A statement whose answer names, one per line, what the current user cannot see, so that a dump lacks it and succeeds: tables, triggers and events of databases,
 * routines, databases themselves. Rights of the current role count.
 */
export function lackingRights(databases: readonly string[] | 'all'): string {
  const isDumped =
    databases === 'all'
      ? "s.schema_name not in ('information_schema', 'performance_schema', 'sys')"
      : `s.schema_name in (${databases.map(literal).join(', ')})`
  const perDatabase = (right: string, what: string) =>
    `select concat('${what} of the database "', s.schema_name, '"') from information_schema.schemata s where ${isDumped} and not ${hasGlobally(right)}` +
    ` and not exists (select 1 from information_schema.schema_privileges p where p.privilege_type = '${right}' and s.schema_name like p.table_schema and p.grantee in ${GRANTEES})`
  return [
    perDatabase('SELECT', 'tables'),
    perDatabase('TRIGGER', 'triggers'),
    perDatabase('EVENT', 'events'),
    `select 'procedures and functions' from dual where not ${hasGlobally('SELECT')} and not ${hasGlobally('SHOW CREATE ROUTINE')} and not ${hasGlobally('SHOW_ROUTINE')}` +
      ` and not exists (select 1 from information_schema.schema_privileges p where p.privilege_type = 'SELECT' and 'mysql' like p.table_schema and p.grantee in ${GRANTEES})` +
      ` and not exists (select 1 from information_schema.table_privileges p where p.privilege_type = 'SELECT' and p.table_schema = 'mysql' and p.table_name = 'proc' and p.grantee in ${GRANTEES})`,
    ...(databases === 'all'
      ? [`select 'other databases' from dual where not ${hasGlobally('SHOW DATABASES')} and not ${hasGlobally('SELECT')}`]
      : []),
  ].join(' union all ')
}

const GRANTEES = `(concat("'", replace(current_user(), '@', "'@'"), "'"), current_role(), concat("'", current_role(), "'@''"))`

function hasGlobally(right: string): string {
  return `exists (select 1 from information_schema.user_privileges p where p.privilege_type = '${right}' and p.grantee in ${GRANTEES})`
}

function literal(name: string): string {
  return `'${name.replaceAll(/[\\']/gu, '\\$&')}'`
}
