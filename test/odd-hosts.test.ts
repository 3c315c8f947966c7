import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPlace, type Place } from './native/place.ts'
import { requires } from './support/requires.ts'

const holdfast = fileURLToPath(new URL('../holdfast', import.meta.url))
// Nothing of the environment of the tests.
const BARE = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']

/** Starts the program with these words in namespaces of its own, by a script that has all of the command in "$@". */
function startIn({ folder }: Place, { namespaces, script }: { readonly namespaces: readonly string[]; readonly script: string }, ...words: readonly string[]) {
  const argv = [...namespaces, ...BARE, `HOLDFAST_STATE=${folder}/state`, 'sh', '-euc', script, 'sh', holdfast, '-f', `${folder}/holdfast.yaml`, ...words]
  const { status, stdout, stderr } = spawnSync('unshare', argv, { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

function published({ folder }: Place): readonly string[] {
  const sets = join(folder, 'root/nightly')
  return existsSync(sets) ? readdirSync(sets).filter((name) => !name.startsWith('.')) : []
}

describe('a user without an entry in the user database and without HOME', { skip: requires('root', 'unshare') }, () => {
  // This process, by another number: its files belong to it there, too.
  const namespaces = ['--user', '--map-user=54321', '--map-group=54321']

  it('can make backups if the state folder is set', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }')
    const { status, stderr } = startIn(place, { namespaces, script: '[ "$(id -u)" = 54321 ]; exec "$@"' }, '-q', 'run')
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    assert.equal(published(place).length, 1)
  })

  it('gets the reason, not an internal error, if it is not', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }')
    const { status, stderr } = startIn(place, { namespaces, script: 'unset HOLDFAST_STATE; exec "$@"' }, 'run')
    assert.equal(status, 1)
    assert.match(stderr, /^error: user 54321 has no home folder: HOME is not set, .*\n {2}hint: Set HOLDFAST_STATE .*\n$/u)
  })
})
