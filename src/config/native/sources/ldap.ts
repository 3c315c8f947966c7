import type { SlapdConfig } from '../../../plan/loading.ts'
import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { withEndMark } from './with-end-mark.ts'

// The output of slapcat after each entry; nothing for a directory without entries. A dump truncated between two entries looks complete, so only the exit code counts. The number of entries is
// recorded, so that a later truncation is detected.
const END = { pattern: '(?:^|\\n\\n)$', counts: 'blocks' } as const

function configOf({ 'config-folder': folder, 'config-file': file }: SourceInput<'ldap'>): SlapdConfig | undefined {
  if (folder !== undefined) return { option: '-F', path: folder }
  return file === undefined ? undefined : { option: '-f', path: file }
}

/** slapcat reads the database itself, while the server runs (slapcat(8); with back-mdb that is safe). */
export function ldapSource(input: SourceInput<'ldap'>, { settings, host }: SourceCall): readonly SourceObject[] {
  const which = input.suffix !== undefined ? ['-b', input.suffix] : input.database !== undefined ? ['-n', String(input.database)] : []
  const config = configOf(input) ?? host.slapdConfig?.()
  const dump = commandIn(settings, ['slapcat', '-o', 'ldif-wrap=no', ...(config === undefined ? [] : [config.option, config.path]), ...which])
  return [{ ...withEndMark(dump, END, settings), source: { kind: 'ldap' }, suffix: '.ldif' }]
}
