/**
 * Statements whose answer shows what the current user cannot see, so that a dump lacks it and succeeds: tables, triggers and events of databases, routines,
 * databases themselves. First the grants, those of enabled roles included; then lines of two columns: the global rights any of which is sufficient, and what is
 * not visible without them. `information_schema.user_privileges` does not contain the rights of roles.
 */
export function lackingRights(databases: readonly string[] | 'all'): string {
  const isDumped =
    databases === 'all'
      ? "s.schema_name not in ('information_schema', 'performance_schema', 'sys')"
      : `s.schema_name in (${databases.map(literal).join(', ')})`
  const perDatabase = (right: string, what: string) =>
    `select '${right}', concat('${what} of the database "', s.schema_name, '"') from information_schema.schemata s where ${isDumped}` +
    ` and not exists (select 1 from information_schema.schema_privileges p where p.privilege_type = '${right}' and s.schema_name like p.table_schema and p.grantee in ${GRANTEES})`
  const statement = [
    perDatabase('SELECT', 'tables'),
    `${perDatabase('SHOW VIEW', 'views')} and exists (select 1 from information_schema.tables t where t.table_schema = s.schema_name and t.table_type = 'VIEW')`,
    perDatabase('TRIGGER', 'triggers'),
    perDatabase('EVENT', 'events'),
    `select 'SELECT, SHOW CREATE ROUTINE, SHOW_ROUTINE', 'procedures and functions' from dual where` +
      ` not exists (select 1 from information_schema.schema_privileges p where p.privilege_type = 'SELECT' and 'mysql' like p.table_schema and p.grantee in ${GRANTEES})` +
      ` and not exists (select 1 from information_schema.table_privileges p where p.privilege_type = 'SELECT' and p.table_schema = 'mysql' and p.table_name = 'proc' and p.grantee in ${GRANTEES})`,
    ...(databases === 'all' ? [`select 'SHOW DATABASES, SELECT', 'other databases' from dual`] : []),
  ].join(' union all ')
  return `show grants; ${statement}`
}

const GRANTEES = `(concat("'", replace(current_user(), '@', "'@'"), "'"), current_role(), concat("'", current_role(), "'@''"))`

function literal(name: string): string {
  return `'${name.replaceAll(/[\\']/gu, '\\$&')}'`
}
