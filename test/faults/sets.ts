import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../../src/backup/set/manifest.ts'

const SET_NAME = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00|\d{8}T\d{6}Z)$/u

/** Names of the folders in a root that bear a set's name, oldest first. */
export function setsIn(root: string): readonly string[] {
  return listing(root)
    .filter((name) => SET_NAME.test(name))
    .toSorted()
}

/** Asserts that every set in the root is what it says: a manifest, nothing missing, all digests right. Gives their names. */
export function assertAllWhole(root: string): readonly string[] {
  const sets = setsIn(root)
  for (const set of sets) {
    assert.ok(existsSync(join(root, set, 'manifest.json')), `the set ${set} has no manifest: ${listing(join(root, set)).join(' ')}`)
    for (const { path, bytes } of manifestOf(root, set).objects) assert.equal(statSync(join(root, set, path)).size, bytes, `${set}/${path}`)
  }
  if (sets.length === 0) return sets
  // One process for all of them: the names, relative to their set, become relative to the root.
  const input = sets.map((set) => readFileSync(join(root, set, 'SHA256SUMS'), 'utf8').replaceAll(/^(\\?[0-9a-f]{64} {2})/gmu, `$1${set}/`)).join('')
  const { status, stdout, stderr } = spawnSync('sha256sum', ['-c', '--quiet', '--strict'], { cwd: root, encoding: 'utf8', input })
  assert.deepEqual([status, stdout, stderr], [0, '', ''], 'a set does not pass its digests')
  return sets
}

export function manifestOf(root: string, set: string): Manifest {
  return JSON.parse(readFileSync(join(root, set, 'manifest.json'), 'utf8')) as Manifest
}

/** What runs have left in the work area of a root; the lock file does not count. */
export function leftInWorkArea(root: string): readonly string[] {
  return listing(join(root, '.holdfast-work')).filter((name) => name !== 'lock')
}

function listing(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
