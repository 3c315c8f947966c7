import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

const SET_NAME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/u
/** The names of sets that were made just now; those of years ago, put there by a test, stay as they are. */
const NEW_SET = /20(?:2[4-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/gu
const OURS = ['manifest.json', 'SHA256SUMS', 'RESTORE.md', 'restore.sh']
const WORK = '.holdfast-work'

/**
 * What lies below a folder, one line each, in the form of the recorded trees: kind, mode, path, and size and digest or target.
 * Sorted; names of new sets are replaced by SET; our own files in a set and the work folder are left out.
 */
export function treeOf(folder: string): readonly string[] {
  return [...linesOf(folder, '')].toSorted()
}

/** A recorded tree in the same form, without its first line. */
export function recordedTree(text: string): readonly string[] {
  return text.trimEnd().split('\n').slice(1).map(maskSets).toSorted()
}

export function maskSets(text: string): string {
  return text.replaceAll(NEW_SET, 'SET')
}

/** The names of all sets in a root, oldest first. */
export function setsIn(root: string): readonly string[] {
  return readdirSync(root)
    .filter((name) => SET_NAME.test(name))
    .toSorted()
}

/** What a set lacks of the four files that make it whole without us. */
export function missingOfOurs(set: string): readonly string[] {
  const present = new Set(readdirSync(set))
  return OURS.filter((name) => !present.has(name))
}

/** What is in a root's work folder beside its lock. */
export function leftInWork(root: string): readonly string[] {
  try {
    return readdirSync(join(root, WORK)).filter((name) => name !== 'lock')
  } catch {
    return []
  }
}

function* linesOf(folder: string, prefix: string): Generator<string> {
  const isSet = SET_NAME.test(prefix.slice(0, -1).split('/').at(-1) ?? '')
  for (const name of readdirSync(folder)) {
    if (name === WORK || (isSet && OURS.includes(name))) continue
    const path = join(folder, name)
    const stat = lstatSync(path)
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
    const shown = maskSets(`${prefix}${name}`)
    if (stat.isDirectory()) {
      yield `d ${mode} ${shown}/`
      yield* linesOf(path, `${prefix}${name}/`)
    } else if (stat.isSymbolicLink()) yield `l ${mode} ${shown} -> ${readlinkSync(path)}`
    else yield `f ${mode} ${shown} size=${stat.size} sha256=${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)}`
  }
}

/** Every set of ours in a root passes `sha256sum -c`; gives how many there are. */
export function assertVerifies(root: string): number {
  const sets = setsIn(root).filter((set) => missingOfOurs(join(root, set)).length === 0)
  for (const set of sets) {
    const { status, stdout, stderr } = spawnSync('sha256sum', ['-c', '--quiet', '--strict', 'SHA256SUMS'], { cwd: join(root, set), encoding: 'utf8' })
    assert.equal(status, 0, `${set}: ${stdout}${stderr}`)
  }
  return sets.length
}
