import type { Report } from '../../../document/issue-report.ts'
import { describeKind } from '../../../document/json/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { KeepPolicy, StorageSpec } from '../../../plan/plan.ts'
import type { Context } from '../context.ts'
import { LOCALFS_KEYS, S3_KEYS } from '../keys.ts'
import { parseDecimal } from '../values/decimal.ts'
import { type Fields, openFields } from '../values/fields.ts'
import { findKind } from '../values/find-kind.ts'
import { compileKeep, parseDdSize, parseOctalMode } from '../values/sizes.ts'
import { nameOf, textOf, type Value } from '../values/value.ts'

export interface Backend {
  readonly storage: StorageSpec
  readonly keep: KeepPolicy
}

/** All backends; those with a module are available if the configuration loads it. */
const BACKENDS: ReadonlyMap<string, { readonly module?: string; compile(params: Params): Backend | undefined }> = new Map(
  Object.entries({
    null: { compile: () => ({ storage: { kind: 'null' }, keep: {} }) },
    localfs: { compile: compileLocalfs },
    'aws-s3': { module: 'aws', compile: compileS3 },
  }),
)

interface Params {
  /** The object that holds "backend-param". */
  readonly task: Value
  readonly param: Value | undefined
  readonly report: Report
}

/** Compiles "backend" and "backend-param". */
export function compileBackend(nameAt: Value, params: Omit<Params, 'report'>, { report, modules }: Context): Backend | undefined {
  const backend = findKind(nameAt, { what: 'backend', kinds: BACKENDS }, { report, modules })
  return backend?.compile({ ...params, report })
}

function compileLocalfs(params: Params): Backend | undefined {
  const { report } = params
  const fields = openParams(params, LOCALFS_KEYS, ['root'])
  if (!fields) return undefined
  const rootAt = fields.get('root')
  const root = rootAt && nameOf(rootAt, report)
  const folderMode = readMode(fields.get('dmode'), 0o750, report)
  const fileMode = readMode(fields.get('fmode'), 0o640, report)
  const block = readBlockSize(fields.get('block-size'), report)
  const keep = compileKeep(fields, report)
  if (root === undefined || folderMode === undefined || fileMode === undefined || !block || !keep) return undefined
  return { storage: { kind: 'localfs', root: normaliseRoot(root), folderMode, fileMode, ...block, completeWhen: 'folder' }, keep }
}

function compileS3(params: Params): Backend | undefined {
  const { report } = params
  const fields = openParams(params, S3_KEYS, ['bucket', 'root'])
  if (!fields) return undefined
  const [bucketAt, rootAt, profileAt] = [fields.get('bucket'), fields.get('root'), fields.get('profile')]
  const bucket = bucketAt && nameOf(bucketAt, report)
  const root = rootAt && readPrefix(rootAt, report)
  const profile = !profileAt || profileAt.node.kind === 'null' ? 'default' : nameOf(profileAt, report)
  const storageClass = readClass(fields.get('sink-storage-class'), report)
  const archiveClass = readClass(fields.get('rot-storage-class'), report)
  const keep = compileKeep(fields, report)
  if (bucket === undefined || root === undefined || profile === undefined || !keep) return undefined
  // The same class twice: nothing is moved.
  const classes = { ...(storageClass && { storageClass }), ...(archiveClass && archiveClass !== storageClass && { archiveClass }) }
  return { storage: { kind: 's3', profile, bucket, root: root.replaceAll(/^\/+|\/+$/gu, ''), ...classes, completeWhen: 'folder' }, keep }
}

function openParams<T extends typeof LOCALFS_KEYS | typeof S3_KEYS>(
  { task, param, report }: Params,
  table: T,
  required: readonly (keyof T & string)[],
): Fields<keyof T & string> | undefined {
  if (!param) return report.error(task, 'missing required key "backend-param"', `It must contain ${required.map(quoted).join(' and ')}.`)
  const fields = openFields(param, table, { report, required })
  const prefix = fields?.get('prefix' as keyof T & string)
  if (prefix) report.warn(prefix, '"prefix" has no effect')
  return fields
}

/** No trailing slash, no empty or `.` parts. `..` is kept, because with links it may have another meaning. */
function normaliseRoot(root: string): string {
  const parts = root.split('/').filter((part) => part !== '' && part !== '.')
  if (root.startsWith('/')) return `/${parts.join('/')}`
  return parts.length === 0 ? '.' : parts.join('/')
}

const MODE_BITS = 0o7777

function readMode(value: Value | undefined, fallback: number, report: Report): number | undefined {
  if (!value) return fallback
  if (value.node.kind !== 'string')
    return report.error(value, `expected a mode as a string, found ${describeKind(value.node)}`, 'Write it in quotes: "750".')
  const mode = parseOctalMode(value.node.value)
  if (mode === undefined) return report.error(value, `invalid octal mode ${quoted(value.node.value)}`, 'Write digits from 0 to 7, such as "750".')
  if (mode > MODE_BITS) report.warn(value, `mode ${quoted(value.node.value)} has too many bits; the extra bits are ignored`)
  return mode & MODE_BITS
}

const MAX_BLOCK_BYTES = 1024 ** 3

function readBlockSize(value: Value | undefined, report: Report): { readonly blockBytes?: number } | undefined {
  if (!value || value.node.kind === 'null') return {}
  const { node } = value
  const number = node.kind === 'number' ? parseDecimal(node.text) : undefined
  const size =
    node.kind === 'string'
      ? parseDdSize(node.value)
      : number?.kind === 'finite' && number.exact && number.floor > 0n
        ? Number(number.floor)
        : undefined
  if (size === undefined)
    return report.error(
      value,
      `invalid block size: ${node.kind === 'string' ? quoted(node.value) : describeKind(node)}`,
      'Write a number of bytes above 0, or a string such as "64K" or "1MB".',
    )
  if (size > MAX_BLOCK_BYTES) report.warn(value, 'the block size is limited to 1 GiB')
  return { blockBytes: Math.min(size, MAX_BLOCK_BYTES) }
}

/** The root of all keys. `.` and `..` are ordinary names for a store, but not for proxies in front of it. */
function readPrefix(value: Value, report: Report): string | undefined {
  const root = textOf(value, report)
  if (root?.split('/').some((part) => part === '.' || part === '..'))
    report.warn(value, '"." and ".." become parts of the keys, and some proxies and stores remove them', 'Write the root without them.')
  return root
}

function readClass(value: Value | undefined, report: Report): string | undefined {
  return !value || value.node.kind === 'null' ? undefined : textOf(value, report)
}
