import type { SlapdConfig } from '../../../plan/loading.ts'
import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { withEndMark } from './with-end-mark.ts'

// The output of slapcat after each entry; nothing for a directory without entries. A dump truncated between two entries looks complete, so only the exit code counts. The number of entries is
// recorded, so that a later truncation is detected.
const END = { pattern: '(?:^|\\n\\n)$', counts: 'blocks' } as const

// Database 0 is the configuration, 1 the one that slapcat selects. Others, such as cn=monitor, cannot be dumped.
const MOST_DATABASES = 50

// slapcat selects the first database that is not a subordinate of another one, and also dumps its subordinates.
const OTHERS = `n=2
is_saved() { slapcat -o ldif-wrap=no "$@" 2>/dev/null | grep -Fxq -e "$first"; }
own=$(slapcat -o ldif-wrap=no "$@" 2>/dev/null | head -n 1)
while [ "$n" -le ${MOST_DATABASES} ]; do
  first=$(slapcat -o ldif-wrap=no "$@" -n "$n" 2>&1 | head -n 1)
  is_other=yes
  case $first in
    "$own") is_other= ;;
    *,"\${own#dn: }") is_saved "$@" && is_other= ;;
  esac
  case $is_other$first in
    yesdn:*) printf 'the database %s of the directory is not saved (%s): without "suffix" or "database", only the first one is\\n' "$n" "$first" ;;
    *'out of range'*) exit 0 ;;
  esac
  n=$((n + 1))
done`

function configOf({ 'config-folder': folder, 'config-file': file }: SourceInput<'ldap'>): SlapdConfig | undefined {
  if (folder !== undefined) return { option: '-F', path: folder }
  return file === undefined ? undefined : { option: '-f', path: file }
}

/** slapcat reads the database itself, while the server runs (slapcat(8); with back-mdb that is safe). */
export function ldapSource(input: SourceInput<'ldap'>, { settings, host }: SourceCall): readonly SourceObject[] {
  const which = input.suffix !== undefined ? ['-b', input.suffix] : input.database !== undefined ? ['-n', String(input.database)] : []
  const config = configOf(input) ?? host.slapdConfig?.()
  const place = config === undefined ? [] : [config.option, config.path]
  const dump = commandIn(settings, ['slapcat', '-o', 'ldif-wrap=no', ...place, ...which])
  const others = commandIn(settings, ['/bin/sh', '-c', OTHERS, 'sh', ...place])
  const probes = which.length > 0 ? [] : [{ name: 'databases', command: others, answers: 'notes' } as const]
  return [{ ...withEndMark(dump, END, settings), ...(probes.length > 0 && { probes }), source: { kind: 'ldap' }, suffix: '.ldif' }]
}
