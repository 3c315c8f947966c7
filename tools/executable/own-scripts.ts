import { createRequire } from 'node:module'
import { join } from 'node:path'
import { embeddedFile, RUNNING, SHARE } from '../../src/lib/assets.ts'

/** The scripts that the executable runs as `--own-script=NAME`, in processes of their own: see `src/lib/assets.ts`. Unknown names do nothing. */
export async function runOwnScript(name: string, words: readonly string[]): Promise<void> {
  process.argv = [RUNNING, name, ...words]
  // @ts-expect-error: a script, without types.
  if (name === 'copy-sqlite') await import('../../share/copy-sqlite.mjs')
  if (name === 'pack-tar') await import('../../src/pack-tar.ts')
  if (name === 'host-facts') process.execve?.('/bin/sh', ['sh', '-c', String(embeddedFile(join(SHARE, 'host-facts.sh')))], process.env)
  if (name === 'text') evaluate(words)
}

/** As "node -e TEXT WORDS" does. */
function evaluate([text = '', ...words]: readonly string[]): void {
  process.argv = [RUNNING, ...words]
  new Function('require', text)(createRequire(RUNNING))
}
