import { runTool } from '../../process/tool/run-tool.ts'

// A name service that does not answer must not hold an archive up: without names, numbers are stored.
const PATIENCE_MS = 60_000
// So many are asked for at once.
const BATCH = 200

/** Names of users or groups by their numbers, as far as the host knows them. Resolves with what is known when asked too long or told to stop. */
export async function accountNames(
  kind: 'passwd' | 'group',
  ids: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const names: Record<string, string> = {}
  const within = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const all = [...ids]
  for (let at = 0; at < all.length && !within.aborted; at += BATCH) {
    const { stdout } = await runTool(['getent', kind, ...all.slice(at, at + BATCH).map(String)], [], within)
    for (const line of stdout.split('\n')) {
      const [name = '', , id = ''] = line.split(':')
      if (name !== '' && /^\d+$/u.test(id)) names[id] ??= name
    }
  }
  return names
}
