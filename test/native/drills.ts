import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DrillResult } from '../../src/backup/drill/drill-result.ts'
import { forgeObject, forgetRecords } from '../support/forge.ts'
import { lacks, type Place } from './place.ts'

/** Why there can be no sandbox for a drill, or false. */
export const noSandbox =
  process.getuid?.() !== 0
    ? 'needs root'
    : spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0
      ? lacks('mkfs.ext4', 'sqlite3', 'zstd')
      : 'needs namespaces'

export interface Drilled {
  readonly status: number | null
  readonly stderr: string
  readonly result: DrillResult
  /** By object: the end, the place, the reasons. */
  readonly ends: Readonly<Record<string, string>>
}

/** Drills the newest set, which leaves nothing. */
export function drill(place: Place, ...args: readonly string[]): Drilled {
  const { status, stdout, stderr } = place.run('drill', 'nightly', 'latest', '--json', '--folder', place.folder, ...args)
  assert.notEqual(stdout, '', stderr)
  const result = JSON.parse(stdout) as DrillResult
  const ends = Object.fromEntries(result.objects.map(({ path, end, reasons }) => [path, [end, ...reasons].join(': ')]))
  assertNothingLeft(place)
  return { status, stderr, result, ends }
}

export function assertNothingLeft({ folder }: Place): void {
  assert.deepEqual(
    readdirSync(folder).filter((it) => it.startsWith('holdfast-drill')),
    [],
  )
  const left = (pattern: string) => spawnSync('pgrep', ['-f', pattern], { encoding: 'utf8' }).stdout
  assert.equal(left(`${folder}/holdfast-drill`), '')
  assert.doesNotMatch(spawnSync('losetup', ['-a'], { encoding: 'utf8' }).stdout, new RegExp(folder, 'u'))
}

/** The set as if its objects had not been observed while they were dumped. */
export function forgetFacts(place: Place): void {
  forgetRecords(place.newestSet(), join(place.folder, 'state'))
  const file = join(place.newestSet(), 'manifest.json')
  const manifest = place.manifest()
  const objects = manifest.objects.map(({ dump, ...it }) => it)
  writeFileSync(file, `${JSON.stringify({ ...manifest, objects }, undefined, 2)}\n`)
}

/** Changes an object of the newest set, as if it had been made so. */
export function mutate(place: Place, path: string, change: (dump: string) => string): void {
  const set = place.newestSet()
  const original = readFileSync(join(set, path), 'latin1')
  const mutant = change(original)
  assert.notEqual(mutant, original)
  forgeObject(set, path, Buffer.from(mutant, 'latin1'))
  forgetRecords(set, join(place.folder, 'state'))
}
