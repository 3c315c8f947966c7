/** What an object covers of its source, as recorded in the manifest (`docs/format/manifest.md`). */
export interface Coverage {
  /** The paths of a source of files, in the order of the plan. */
  readonly paths?: readonly CoveredPath[]
  /** Mount points below the paths of the file systems that are saved, too. */
  readonly entered?: readonly string[]
  /** What is missing although it belongs to the source. */
  readonly leftOut?: readonly LeftOut[]
  /** The sum of the sizes of the regular files in the archive, each as extracted; a further hard link counts nothing. Absent: unknown. */
  readonly bytes?: number
  /** The number of files that changed while they were read. Absent: none is known. */
  readonly changed?: number
  /** The number of files that were not saved: they were removed before they were read, or are sockets. Absent: none is known. */
  readonly skipped?: number
  /** The SHA-256 of the list of the members of the archive, with their modes, owners, sizes, times and links. Absent: unknown. */
  readonly members?: string
  /** The number of members of the archive with an access control list or extended attributes. Absent: none, or unknown. */
  readonly attributes?: number
  /** Some of the files, with the digests of their contents, read in the source after the archive was made. Absent: unknown. */
  readonly sample?: readonly SampledFile[]
}

export interface SampledFile {
  /** The name of the member in the archive. */
  readonly path: string
  /** At least 1. */
  readonly bytes: number
  /** Of the contents. */
  readonly sha256: string
}

export interface CoveredPath {
  /** As configured. */
  readonly path: string
  /** If the path is a symbolic link: its target, which is also saved. */
  readonly target?: string
  /** The mount point of the file system that contains it. */
  readonly mount?: string
  /** It is a folder without contents. */
  readonly empty?: true
}

export interface LeftOut {
  readonly what: string
  /**
   * `mount`: another file system. `own`: a folder that Holdfast fills itself. `rights`: the user of the dump may not see it. `connections`: a database that
   * does not accept connections. `excluded`: a path that a pattern excludes as a whole. `socket`: a path that is a socket. `device`,
   * `pipe`: a path that is a device or a named pipe, of which the archive contains only the name, owner and mode.
   */
  readonly reason: 'mount' | 'own' | 'rights' | 'connections' | 'excluded' | 'socket' | 'device' | 'pipe'
}

/** Of the lists, of a sample that is recorded, and of the texts in UTF-16 units, as in `docs/format/manifest.md`. */
export const LIMITS = { entries: 10_000, sample: 16, text: 4096 } as const

/** Only the known keys, in the order of the format. */
export function orderedCoverage({ paths, entered, leftOut, bytes, changed, skipped, members, attributes, sample }: Coverage): Coverage {
  return {
    ...(paths !== undefined && { paths: paths.slice(0, LIMITS.entries).map(orderedPath) }),
    ...(entered !== undefined && { entered: entered.slice(0, LIMITS.entries) }),
    ...(leftOut !== undefined && { leftOut: leftOut.slice(0, LIMITS.entries).map(({ what, reason }) => ({ what, reason })) }),
    ...(bytes !== undefined && { bytes }),
    ...(changed !== undefined && { changed }),
    ...(skipped !== undefined && { skipped }),
    ...(members !== undefined && { members }),
    ...(attributes !== undefined && { attributes }),
    ...(sample !== undefined && { sample: sample.map(({ path, bytes: size, sha256 }) => ({ path, bytes: size, sha256 })) }),
  }
}

function orderedPath({ path, target, mount, empty }: CoveredPath): CoveredPath {
  return { path, ...(target !== undefined && { target }), ...(mount !== undefined && { mount }), ...(empty && { empty }) }
}

/** Whether a value of an untrusted manifest is a coverage. */
export function isCoverage(value: unknown): value is Coverage {
  if (!isRecord(value)) return false
  const { paths, entered, leftOut, bytes, changed, skipped, members, attributes, sample } = value
  return (
    isAbsentOrListOf(paths, isCoveredPath) &&
    isAbsentOrListOf(entered, isText) &&
    isAbsentOrListOf(leftOut, isLeftOut) &&
    [bytes, changed, skipped, attributes].every(isAbsentOrCount) &&
    (members === undefined || isDigest(members)) &&
    isAbsentOrListOf(sample, isSampledFile)
  )
}

function isSampledFile(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { path, bytes, sha256 } = value
  return isText(path) && path !== '' && Number.isSafeInteger(bytes) && Number(bytes) > 0 && isDigest(sha256)
}

function isDigest(value: unknown): boolean {
  return isText(value) && /^[0-9a-f]{64}$/u.test(value)
}

function isCoveredPath(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { path, target, mount, empty } = value
  return isText(path) && [target, mount].every((it) => it === undefined || isText(it)) && (empty === undefined || empty === true)
}

function isLeftOut(value: unknown): boolean {
  return isRecord(value) && isText(value['what']) && isText(value['reason'])
}

function isAbsentOrListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.length <= LIMITS.entries && value.every(is))
}

function isAbsentOrCount(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LIMITS.text
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
