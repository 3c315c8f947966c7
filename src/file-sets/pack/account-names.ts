import { runTool } from '../../process/tool/run-tool.ts'

/** The databases of users and groups. */
export type AccountKind = 'passwd' | 'group'

/** Names of accounts, as far as the host knows them. */
export interface AccountNames {
  /** The names of those numbers that were not queried before. */
  of(kind: AccountKind, ids: ReadonlySet<number>): Promise<ReadonlyMap<number, string>>
}

// A name service that does not answer must not delay an archive: without names, numbers are stored.
const WAIT_LIMIT_MS = 60_000
// Number of names per query.
const BATCH = 200

/** Queries each number once. When the queries have taken a minute altogether, or were stopped, no more names are found. */
export function accountNames(signal: AbortSignal): AccountNames {
  const asked: Readonly<Record<AccountKind, Set<number>>> = { passwd: new Set(), group: new Set() }
  let leftMs = WAIT_LIMIT_MS
  return {
    async of(kind, ids) {
      const names = new Map<number, string>()
      const fresh = [...ids].filter((id) => !asked[kind].has(id))
      for (const id of fresh) asked[kind].add(id)
      for (let at = 0; at < fresh.length && leftMs > 0 && !signal.aborted; at += BATCH) {
        const beganMs = performance.now()
        const within = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs))])
        const { stdout } = await runTool(['getent', kind, ...fresh.slice(at, at + BATCH).map(String)], [], within)
        leftMs = within.aborted ? 0 : leftMs - (performance.now() - beganMs)
        for (const [id, name] of stdout.split('\n').flatMap(accountOf)) if (!names.has(id)) names.set(id, name)
      }
      return names
    },
  }
}

/** Of a line of passwd(5) or group(5). */
function accountOf(line: string): readonly (readonly [number, string])[] {
  const [name = '', , id = ''] = line.split(':')
  return name !== '' && /^\d+$/u.test(id) ? [[Number(id), name]] : []
}
