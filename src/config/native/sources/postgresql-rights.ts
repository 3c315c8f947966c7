/** A statement that names the databases without connections, in lines. The template is closed in every cluster. */
export const CLOSED_DATABASES = `select format('the database "%s"', datname) from pg_database where not datallowconn and datname <> 'template0'`

const PASSWORDS =
  `select 'the passwords of the roles, which "globals: no-passwords" leaves out'` + ` where not has_table_privilege('pg_authid', 'select')`

const CONNECTIONS =
  `select format('the database "%s"', datname) from pg_database` +
  ` where datallowconn and not has_database_privilege(oid, 'connect') and datname <> 'template0'`

// What pg_dump locks or reads; not the members of extensions. Members of the owner of a large object are its owners.
const CONTENTS = [
  `with kept as (select c.oid, c.relname, c.relkind, n.oid as schema, n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace`,
  ` where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'S')`,
  ` and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))`,
  ` select format('the schema "%s"', nspname) from kept where not has_schema_privilege(schema, 'usage') group by nspname`,
  ` union all select format('tables or sequences in the schema "%s" (%s)', nspname, count(*)) from kept`,
  ` where has_schema_privilege(schema, 'usage') and not has_table_privilege(oid, 'select') group by nspname`,
  ` union all select format('the table "%s"."%s", which has row-level security', nspname, relname) from kept where relkind <> 'S' and row_security_active(oid)`,
  ` union all select format('large objects (%s)', count(*)) from pg_largeobject_metadata`,
  ` where not pg_has_role(lomowner, 'usage') and not (select rolsuper from pg_roles where rolname = current_user)`,
  ` and not exists (select from aclexplode(lomacl) where privilege_type = 'SELECT' and (grantee = 0 or pg_has_role(grantee, 'usage'))) having count(*) > 0`,
].join('')

/** What a dump needs to read. */
export interface Needed {
  readonly passwords?: boolean
  readonly connections?: boolean
  readonly contents?: boolean
}

/** A statement whose answer names, in lines, what the current user must be able to read, and is not. */
export function unreadable({ passwords = false, connections = false, contents = false }: Needed): string {
  const parts = [...(contents ? [CONTENTS] : []), ...(passwords ? [PASSWORDS] : []), ...(connections ? [CONNECTIONS] : [])]
  return parts.join(' union all ')
}
