import { z } from 'zod'
import {
  BACKUP_KEYS,
  BOOT_REPORT_KEYS,
  BUILTIN_KEYS,
  EXEC_KEYS,
  GROUP_KEYS,
  type KeyTable,
  LOCALFS_KEYS,
  MAILX_KEYS,
  OBJECT_KEYS,
  ROUTINE_KEYS,
  S3_KEYS,
  SIGMASK_KEYS,
  SNS_KEYS,
  TASK_POINTER_KEYS,
  TOP_KEYS,
  USE_KEYS,
  WEB_KEYS,
} from './keys.ts'

/**
 * The structure of the dialect, for editors. Like the loader, it accepts unknown keys; rules that involve several locations (ids, cycles, nested
 * paths) are only checked by the loader. Every configuration that loads without issues is valid.
 */

const text = z.string()
const name = z.string().min(1)
const texts = z.array(text)
const number = z.union([z.number(), z.boolean()])
const flag = z.union([z.boolean(), z.null()])

/** Every key of the table, with its meaning. A key without a type, or a type without a key, does not compile. */
function described<T extends KeyTable, S extends { readonly [K in keyof T]: z.ZodType }>(table: T, shape: S): z.ZodObject<S, z.core.$loose> {
  for (const [key, meaning] of Object.entries(table)) if (shape[key]) Object.assign(shape, { [key]: shape[key].describe(meaning) })
  return z.looseObject(shape)
}

const ACCEPTED_CODES = /^\s*(?:[0-9]+\s*-\s*[0-9]+|(?:<=|>=|==|<|>)?\s*[0-9]+)/u
// JSON Schema has no flag for case-insensitive matching.
const ACTION = /^(?:[uU][nN])?[bB][lL][oO][cC][kK]$/u
const OCTAL = /^\s*\+?(?:0[oO]_?)?[0-7]+(?:_[0-7]+)*\s*$/u
const SECONDS = /^\s*[+-]?[0-9._]*[0-9][0-9._]*(?:[eE][+-]?[0-9_]+)?\s*$/u

const commonExec = {
  ec: text.regex(ACCEPTED_CODES).optional(),
  'vl-stdout': number.optional(),
  'vl-stderr': number.optional(),
}
const environment = z.record(text, text)
const program = z.union([name, texts])

const exec = described(EXEC_KEYS, { id: text, argv: program, env: environment.nullish(), ...commonExec }).meta({ id: 'definition' })

const use = <T extends string, S extends { 'exec-id': z.ZodType; argv: z.ZodType; env: z.ZodType }>(type: T, shape: S) =>
  described(USE_KEYS, { type: z.literal(type), ...shape, ...commonExec, id: z.unknown().optional() }).meta({ id: type })
const uses = [
  use('exec', { 'exec-id': text, argv: z.unknown().optional(), env: z.unknown().optional() }),
  use('exec-append', { 'exec-id': text, argv: z.union([text, texts]), env: environment.optional() }),
  use('exec-inline', { 'exec-id': z.unknown().optional(), argv: z.union([name, texts.min(1)]), env: environment.nullish() }),
] as const

const signal = z.union([text, z.int().min(1).max(64)])
const maskChange = described(SIGMASK_KEYS, { action: text.regex(ACTION), sig: z.array(signal) })
const builtin = described(BUILTIN_KEYS, { type: z.literal('builtin'), 'builtin-id': z.literal('sigmask'), param: z.array(maskChange) })
const pointer = described(TASK_POINTER_KEYS, { type: z.literal('task'), 'task-id': text })
const routineEntry = z.discriminatedUnion('type', [...uses, pointer, builtin])
const routine = described(ROUTINE_KEYS, { id: text, type: z.literal('routine'), routine: z.array(routineEntry) })

const limit = z.union([z.number(), text, z.boolean(), z.null()]).optional()
const limits = { 'nb-copy-limit': limit, 'root-size-limit': limit }
const anything = z.unknown().optional()
const mode = text.regex(OCTAL).optional()
const localfs = described(LOCALFS_KEYS, {
  root: name,
  prefix: anything,
  ...limits,
  dmode: mode,
  fmode: mode,
  'block-size': z.union([z.number().positive(), text, z.null()]).optional(),
})
const s3 = described(S3_KEYS, {
  profile: name.nullish(),
  bucket: name,
  root: text,
  prefix: anything,
  ...limits,
  'sink-storage-class': text.nullish(),
  'rot-storage-class': text.nullish(),
})

const group = described(GROUP_KEYS, { id: text, depends: texts.optional() }).meta({ id: 'group' })
const object = described(OBJECT_KEYS, {
  path: text,
  group: text.optional(),
  'alloc-size': z.union([z.number().min(0), text]).optional(),
  pipeline: z.array(z.discriminatedUnion('type', uses)),
}).meta({ id: 'object' })
const backup = <B extends string, P extends z.ZodType>(backend: B, param: P) =>
  described(BACKUP_KEYS, {
    id: text,
    type: z.literal('backup'),
    backend: z.literal(backend),
    'backend-param': param,
    'object-groups': z.array(group).optional(),
    objects: z.array(object).optional(),
  })
const backups = [backup('null', anything), backup('localfs', localfs), backup('aws-s3', s3)] as const

const task = z.discriminatedUnion('type', [routine, z.discriminatedUnion('backend', backups)])

const agent = described(
  { ...MAILX_KEYS, ...SNS_KEYS },
  { exec: name.optional(), 'int-opts': texts.optional(), profile: name.nullish(), region: name.nullish() },
)
// Included files may contain only a part of the report, so no key is required.
const bootReport = described(BOOT_REPORT_KEYS, {
  mua: z.enum(['mailx', 'stdout', 'aws-sns']).optional(),
  'mua-param': agent.nullish(),
  'mail-to': z.union([text, texts]).optional(),
  subject: text.optional(),
  header: text.optional(),
  'uptime-since': flag.optional(),
  uptime: flag.optional(),
  'boot-id': flag.optional(),
  bootid: flag.optional(),
  'boot-wait': z.literal('systemd').nullish(),
  delay: z.union([z.number().min(0), z.boolean(), text.regex(SECONDS)]).optional(),
})

const web = described(WEB_KEYS, {
  host: text.optional(),
  port: z.int().min(1).max(65_535).optional(),
  certificate: text.optional(),
  'certificate-key': text.optional(),
  'base-path': text.optional(),
  names: texts.optional(),
  'trusted-proxies': texts.optional(),
  allow: texts.optional(),
  'api-port': z.int().min(1).max(65_535).optional(),
  'audit-keep-days': z.int().min(1).optional(),
  'audit-keep-lines': z.int().min(1000).optional(),
})

/** One configuration file. */
export const palhmSchema = described(TOP_KEYS, {
  $schema: anything,
  include: texts.optional(),
  modules: z.array(z.enum(['aws'])).optional(),
  'nb-workers': number.optional(),
  vl: z.union([z.int(), z.boolean()]).optional(),
  execs: z.array(exec).optional(),
  tasks: z.array(task).optional(),
  'boot-report': bootReport.nullish(),
  web: web.optional(),
}).describe('A PALHM configuration.')

/** The output of `config schema`, and the contents of `share/palhm/palhm.schema.json`: a JSON Schema (draft 7, which editors support best). */
export function renderSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(palhmSchema, { target: 'draft-7', io: 'input' }), undefined, 2)}\n`
}
