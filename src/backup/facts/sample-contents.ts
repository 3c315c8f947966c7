import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { readUnchanged, type UnchangedSince } from '../../files/read-unchanged.ts'
import type { SampledMember } from '../../process/pipes/member-sample.ts'
import { mountOf, readMountinfo } from '../../storage/root/mountinfo.ts'
import type { Content } from '../filter/filters.ts'
import { LIMITS, type SampledFile } from '../set/coverage.ts'

// tar has read exactly what is read again only if nothing has changed in between. File systems set change times by the clock of the system, so its
// changes are taken into account, and files that changed recently are not sampled.
const FILE_AGE_MS = 24 * 3_600_000
const NAMES_AGE_MS = 120_000
const CLOCK_CHANGE_MS = 60_000
/** Those that also set the change time of files that are changed through mapped memory: of this host, on disks. */
const SUITABLE = /^(?:ext[234]|xfs|btrfs|f2fs|jfs|zfs|bcachefs|overlay)$/u
const MOST_PARTS = 64
const MOST_MS = 2000

export interface Sampling {
  /**
   * After the archive is complete: reads some of its files again in their source, and returns their digests. Files that may have changed since
   * the sampling was opened are omitted, also files that cannot be read: this never rejects.
   */
  take(candidates: readonly SampledMember[], signal: AbortSignal): Promise<readonly SampledFile[]>
}

/** Opened before the archive is begun. `clock` is that of the system; `mountinfo` the text of `/proc/self/mountinfo`. */
export function openSampling(clock: () => Date, mountinfo: () => string = readMountinfo): Sampling {
  const beganMs = clock().getTime()
  const monotonicMs = performance.now()
  const mounts = mountinfo()
  const isClockSteady = () => Math.abs(clock().getTime() - beganMs - (performance.now() - monotonicMs)) < CLOCK_CHANGE_MS
  const since = { fileMs: beganMs - FILE_AGE_MS, namesMs: beganMs - NAMES_AGE_MS }
  return {
    async take(candidates, signal) {
      const endMs = performance.now() + MOST_MS
      const found = new Map<string, SampledFile & { readonly mount: string }>()
      for (const candidate of candidates) {
        if (found.size === LIMITS.sample || signal.aborted || performance.now() > endMs) break
        const file = await digestOf(candidate, { since, mounts }).catch(() => undefined)
        if (file !== undefined) found.set(file.path, file)
      }
      if (!isClockSteady()) return []
      const now = mountinfo()
      return [...found.values()]
        .filter(({ path, mount }) => JSON.stringify(mountOf(sourceOf(path), now)) === mount)
        .map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }))
    },
  }
}

// With the digest of a small file, a user who can read the manifest could test guesses of its contents.
const PUBLIC = new Set(['zstd', 'gzip', 'xz', 'bzip2', 'lz4'])

/** Whether a sample of the object can be compared, and reveals nothing that the object does not. */
export function isSampled({ filters, source }: Content): boolean {
  return source === 'tar' && filters.every((it) => PUBLIC.has(it))
}

interface Context {
  readonly since: UnchangedSince
  readonly mounts: string
}

async function digestOf({ name, bytes }: SampledMember, { since, mounts }: Context): Promise<(SampledFile & { readonly mount: string }) | undefined> {
  const raw = Buffer.from(name, 'latin1')
  const path = raw.toString()
  const parts = partsOf(path)
  if (!isUtf8(raw) || path.length > LIMITS.text || parts.length > MOST_PARTS || parts.includes('..')) return undefined
  const mount = mountOf(sourceOf(path), mounts)
  if (mount === undefined || !SUITABLE.test(mount.fsType)) return undefined
  const content = await readUnchanged(parts, bytes, since)
  return content && { path, bytes, sha256: createHash('sha256').update(content).digest('hex'), mount: JSON.stringify(mount) }
}

/** The path of a member: tar is started in the root folder. */
function sourceOf(path: string): string {
  return `/${partsOf(path).join('/')}`
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((it) => it !== '' && it !== '.')
}
