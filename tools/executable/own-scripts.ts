import { createRequire } from 'node:module'
import { join } from 'node:path'
import { embeddedFile, RUNNING, SHARE } from '../../src/lib/assets.ts'

type OwnScript = (words: readonly string[]) => unknown

const SCRIPTS: ReadonlyMap<string, OwnScript> = new Map<string, OwnScript>([
  // @ts-expect-error: a script, without types.
  ['copy-sqlite', () => import('../../share/copy-sqlite.mjs')],
  ['pack-tar', () => import('../../src/pack-tar.ts')],
  ['observe-dump', () => import('../../src/observe-dump.ts')],
  ['host-facts', () => process.execve?.('/bin/sh', ['sh', '-c', String(embeddedFile(join(SHARE, 'host-facts.sh')))], process.env)],
  ['text', evaluate],
])

/**
 * The script that the executable runs in a process of its own if its first argument is `--own-script=NAME`: see `src/lib/assets.ts`. Undefined for every
 * other argument, which is one of the command line.
 */
export function ownScriptOf(word: string): ((words: readonly string[]) => Promise<void>) | undefined {
  const name = /^--own-script=(?<name>[\w-]+)$/u.exec(word)?.groups?.['name'] ?? ''
  const script = SCRIPTS.get(name)
  if (script === undefined) return undefined
  return async (words) => {
    process.argv = [RUNNING, name, ...words]
    await script(words)
  }
}

/** As "node -e TEXT WORDS" does. */
function evaluate([text = '', ...words]: readonly string[]): void {
  process.argv = [RUNNING, ...words]
  new Function('require', text)(createRequire(RUNNING))
}
