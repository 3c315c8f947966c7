import type { Report } from '../../../document/issue-report.ts'
import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'

/** An option of a database client for its connection: its long name, which must match as a whole, and its letter. */
export interface ConnectionOption {
  readonly long: RegExp
  readonly letter?: string
  /** It has no value, or only one after `=`. */
  readonly isFlag?: true
  /** It is rejected: the reason, and the key to use instead. */
  readonly instead?: { readonly key: string; readonly why?: string }
}

export const IN_PROCESS_LIST = 'other users of this host could read it in the list of processes'

export interface SplitOpts {
  /** The arguments for the connection, which are used for all connections, with their values. */
  readonly connection: readonly string[]
  readonly others: readonly string[]
}

/** Separates additional arguments of a dump program. Reports those for which a key has to be used. */
export function splitOpts(opts: readonly string[], table: readonly ConnectionOption[], { report, at }: OptsLocation): SplitOpts {
  const connection: string[] = []
  const others: string[] = []
  const list = memberOf(at, 'opts') ?? at
  for (let index = 0; index < opts.length; index += 1) {
    const opt = opts[index] ?? ''
    const found = table.find((it) => isOption(opt, it))
    if (found?.instead !== undefined) report.error(locationOf(itemsOf(list)[index] ?? list), whyRefused(opt, found.instead), hintFor(found.instead))
    const words = found === undefined || found.isFlag === true || hasValue(opt) ? [opt] : opts.slice(index, index + 2)
    if (found?.instead === undefined) (found === undefined ? others : connection).push(...words)
    index += words.length - 1
  }
  return { connection, others }
}

type Instead = NonNullable<ConnectionOption['instead']>

/** Without the value, which may be a secret. */
function whyRefused(opt: string, { why }: Instead): string {
  const name = opt.startsWith('--') ? (opt.split('=', 1)[0] ?? '') : opt.slice(0, 2)
  return `${quoted(name)} is not supported in "opts"${why === undefined ? '' : `: ${why}`}`
}

function hintFor({ key }: Instead): string {
  return `Use the key "${key}".`
}

function hasValue(opt: string): boolean {
  return opt.startsWith('--') ? opt.includes('=') : opt.length > 2
}

interface OptsLocation {
  readonly report: Report
  readonly at: LocatedNode
}

// Programs of MariaDB accept the prefix before all of their options.
function isOption(opt: string, { long, letter }: ConnectionOption): boolean {
  if (!opt.startsWith('--')) return letter !== undefined && opt.startsWith(`-${letter}`)
  const [name = ''] = opt.slice(2).split('=', 1)
  return new RegExp(`^(?:${long.source})$`, 'u').test(name.replaceAll('_', '-').replace(/^loose-/u, ''))
}
