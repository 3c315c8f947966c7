import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'

/** slapcat reads the database itself, while the server runs (slapcat(8); with back-mdb that is safe). LDIF has no mark at its end: the exit code counts. */
export function ldapSource(input: SourceInput<'ldap'>, { settings }: SourceCall): readonly SourceObject[] {
  const which = input.suffix !== undefined ? ['-b', input.suffix] : input.database !== undefined ? ['-n', String(input.database)] : []
  const stage = commandIn(settings, ['slapcat', '-o', 'ldif-wrap=no', ...which])
  return [{ stages: [stage], source: { kind: 'ldap' }, suffix: '.ldif' }]
}
