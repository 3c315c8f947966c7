import type { Call } from '../storage/storage.ts'
import { quoted } from '../storage/system-errors.ts'
import { checksumLine } from './checksums.ts'
import { digestFile, type Reading } from './digest-file.ts'
import { BackupError } from './errors.ts'
import type { Manifest, ObjectRecord } from './manifest.ts'
import { digestOf } from './own-files.ts'
import { ownPaths } from './own-paths.ts'
import type { SetStore } from './set-store.ts'

/** One thing wrong with a set. `message` tells it in full, the path included. */
export interface VerifyProblem {
  readonly kind: 'missing' | 'extra' | 'size' | 'digest' | 'unreadable'
  /** Relative to the set. */
  readonly path: string
  readonly message: string
}

export interface VerifyResult {
  readonly set: string
  /** `legacy`: no manifest, so every file was read to its end, and there was nothing to compare with. */
  readonly state: 'complete' | 'legacy'
  readonly objects: number
  /** Read and, where there is a manifest, compared. */
  readonly bytes: bigint
  /** All that were found; empty = good. */
  readonly problems: readonly VerifyProblem[]
}

export interface VerifyOptions {
  readonly onProgress?: (progress: { readonly path: string; readonly doneBytes: bigint; readonly totalBytes: bigint }) => void
}

/**
 * Reads every object of a set and compares it with the manifest: size, SHA-256, nothing missing, nothing more. Problems are collected, not thrown.
 * Rejects when there is no such set, when it was never finished, when its manifest is damaged or of a later version, and on an abort.
 */
export async function verifySet(sets: SetStore, name: string, call: Call, options: VerifyOptions = {}): Promise<VerifyResult> {
  const manifest = await manifestIfAny(sets, name, call)
  const files = new Map((await sets.listFiles(name, call)).map(({ path, bytes }) => [path, bytes]))
  const look = { sets, name, call, files, progress: progressTeller(options, manifest?.objects.map(({ bytes }) => bytes) ?? [...files.values()]) }
  return manifest === undefined ? verifyLegacy(look) : verifyByManifest(manifest, look)
}

interface Look {
  readonly sets: SetStore
  readonly name: string
  readonly call: Call
  /** What lies in the set, with the sizes. */
  readonly files: ReadonlyMap<string, number>
  readonly progress: Progress
}

async function verifyByManifest(manifest: Manifest, look: Look): Promise<VerifyResult> {
  const problems: VerifyProblem[] = []
  for (const record of manifest.objects) {
    const problem = await objectProblem(record, look)
    if (problem !== undefined) problems.push(problem)
  }
  problems.push(...(await ownProblems(manifest, look)))
  const known = new Set([...manifest.objects.map(({ path }) => path), ...Object.values(ownPaths(manifest.objects))])
  for (const path of look.files.keys()) if (!known.has(path)) problems.push(problem('extra', path, 'is not in the manifest'))
  return { set: look.name, state: 'complete', objects: manifest.objects.length, bytes: look.progress.bytes, problems }
}

async function verifyLegacy(look: Look): Promise<VerifyResult> {
  const problems: VerifyProblem[] = []
  for (const path of look.files.keys()) {
    const read = await readFile(path, look)
    if (read.kind === 'unreadable') problems.push(problem('unreadable', path, read.reason))
  }
  return { set: look.name, state: 'legacy', objects: look.files.size, bytes: look.progress.bytes, problems }
}

async function objectProblem({ path, bytes, sha256 }: ObjectRecord, look: Look): Promise<VerifyProblem | undefined> {
  const present = look.files.get(path)
  if (present === undefined) return problem('missing', path, 'is missing')
  if (present !== bytes) return problem('size', path, `has ${present} bytes, not ${bytes}`)
  const read = await readFile(path, look)
  if (read.kind === 'unreadable') return problem('unreadable', path, read.reason)
  return read.sha256 === sha256 ? undefined : problem('digest', path, 'does not hold the bytes that were stored (its SHA-256 differs)')
}

/** Our own files: all there, and the checksums those of the objects and of the files beside them. */
async function ownProblems({ set, objects }: Manifest, look: Look): Promise<readonly VerifyProblem[]> {
  const paths = ownPaths(objects)
  const read = (path: string) => digestFile(() => look.sets.openObject(look.name, path, look.call), look.call.signal)
  const [guide, manifest, sums] = await Promise.all([read(paths['RESTORE.md']), read(paths['manifest.json']), read(paths.SHA256SUMS)])
  const problems: VerifyProblem[] = []
  for (const [path, reading] of [
    [paths['RESTORE.md'], guide],
    [paths.SHA256SUMS, sums],
  ] as const) {
    if (!look.files.has(path)) problems.push(problem('missing', path, 'is missing'))
    else if (reading.kind === 'unreadable') problems.push(problem('unreadable', path, reading.reason))
  }
  if (set !== look.name) problems.push(problem('digest', paths['manifest.json'], `is the manifest of the set "${set}"`))
  if (problems.length > 0 || guide.kind !== 'read' || manifest.kind !== 'read' || sums.kind !== 'read') return problems
  const expected = [...objects, { path: paths['RESTORE.md'], sha256: guide.sha256 }, { path: paths['manifest.json'], sha256: manifest.sha256 }]
  const isSame = sums.sha256 === digestOf(expected.map(({ path, sha256 }) => checksumLine(sha256, path)).join(''))
  return isSame ? [] : [problem('digest', paths.SHA256SUMS, 'does not fit the set: it was changed, or the manifest or the guide was')]
}

async function manifestIfAny(sets: SetStore, name: string, call: Call): Promise<Manifest | undefined> {
  try {
    return await sets.readManifest(name, call)
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup/legacy') return undefined
    throw error
  }
}

/** Reads an object, and counts it. */
async function readFile(path: string, { sets, name, call, progress }: Look): Promise<Reading> {
  const reading = await digestFile(() => sets.openObject(name, path, call), call.signal)
  if (reading.kind === 'read') progress.add(path, reading.bytes)
  return reading
}

interface Progress {
  bytes: bigint
  add(path: string, bytes: number): void
}

function progressTeller({ onProgress }: VerifyOptions, sizes: readonly number[]): Progress {
  const totalBytes = sizes.reduce((sum, bytes) => sum + BigInt(bytes), 0n)
  return {
    bytes: 0n,
    add(path, bytes) {
      this.bytes += BigInt(bytes)
      onProgress?.({ path, doneBytes: this.bytes, totalBytes })
    },
  }
}

function problem(kind: VerifyProblem['kind'], path: string, what: string): VerifyProblem {
  return { kind, path, message: `${quoted(path)} ${what}` }
}
