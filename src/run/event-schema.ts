import { z } from 'zod'
import type { RunEvent } from './events.ts'

const text = z.string()
const count = z.number().int().nonnegative()
const ms = z.number().nonnegative()
const bytes = z.number().nonnegative()
const instant = z.iso.datetime().transform((value) => new Date(value))
const show = z.enum(['always', 'verbose', 'never'])

// What tar lists.
const members = z.object({ lines: count, bytes: z.number(), digest: text.optional(), attributes: count.optional() })
// Keys added by a later version are skipped.
const stages = z.array(
  z.object({
    program: text,
    execId: text.optional(),
    pid: count,
    exitCode: z.number().optional(),
    signal: text.transform((value) => value as NodeJS.Signals).optional(),
    durationMs: ms,
    taps: z.array(z.union([z.number(), text, members])).optional(),
  }),
)
const share = z.number().nonnegative()
/** What the stages of a pipeline do. */
export const PIPELINE_ACTIVITY = z.object({
  stages: z.array(
    z.object({
      program: text,
      execId: text.optional(),
      readBytes: bytes.optional(),
      writtenBytes: bytes.optional(),
      bytesPerSecond: bytes.optional(),
      cores: share.optional(),
      starved: share.optional(),
      blocked: share.optional(),
      exitCode: z.number().optional(),
      signal: text.transform((value) => value as NodeJS.Signals).optional(),
    }),
  ),
  slowest: count.optional(),
})
const place = { task: text, index: count, steps: count, text, name: text.optional(), dry: z.literal(true).optional() }
const ofStep = { task: text, step: text }
const ofSet = { ...ofStep, storage: text }
const isDrill = z.literal(true).optional()
const expiry = z.object({ name: text, bytes: text.regex(/^\d+$/u).transform(BigInt), reason: text })
const rotation = z.object({
  keep: z.array(z.object({ name: text, reason: text })),
  expire: z.array(expiry),
  skipped: text.optional(),
  waits: text.optional(),
  damaged: z.array(text).optional(),
  suspicious: z.array(text).optional(),
  foreign: z.array(text).optional(),
})
const outcome = z.object({ ...ofSet, status: z.enum(['published', 'failed', 'stopped']), set: text, message: text.optional() })
const fact = z.object({
  label: text,
  value: z.number(),
  unit: text,
  warn: text.optional(),
  fail: text.optional(),
  min: text.optional(),
  max: text.optional(),
})

/** Each kind of event in a line of JSON, without its time: the output of `encodeEvent`. */
export const EVENT_SCHEMAS = {
  'run-began': z.object({ version: count.optional(), runId: text, task: text, steps: z.array(text) }),
  'step-began': z.object(place),
  'step-ended': z.object({ task: text, index: count, durationMs: ms, stages: stages.optional(), partial: z.literal(true).optional() }),
  'step-failed': z.object({ ...place, code: text, message: text, stderr: text.optional() }),
  stdout: z.object({ task: text, stage: text, text, show }),
  stderr: z.object({ task: text, stage: text, text, show }),
  note: z.object({ task: text, text, isError: z.literal(true).optional() }),
  'root-awaited': z.object({
    ...ofSet,
    by: text,
    holder: z.object({ task: text.optional(), pid: count, since: instant }).optional(),
  }),
  'set-began': z.object({ ...ofSet, objects: count, drilled: text.optional() }),
  'object-began': z.object({ ...ofStep, path: text, expectedBytes: bytes.optional(), isDrill }),
  'object-progress': z.object({ ...ofStep, path: text, bytes, storage: text.optional(), pipeline: PIPELINE_ACTIVITY.optional() }),
  'object-ended': z.object({
    ...ofStep,
    path: text,
    bytes: bytes.optional(),
    sha256: text.optional(),
    covers: text.optional(),
    durationMs: ms,
    stages: stages.optional(),
    isDrill,
    isOnlyRead: z.literal(true).optional(),
  }),
  'object-failed': z.object({ ...ofStep, path: text, durationMs: ms, stopped: z.boolean(), stages, isDrill }),
  'set-published': z.object({ ...ofSet, set: text, bytes, covers: text.optional() }),
  'set-failed': z.object({ ...ofSet, set: text, stopped: z.boolean(), code: text.optional(), message: text.optional() }),
  'rotation-decided': z.object({ ...ofSet, rotation }),
  'set-expired': z.object({ ...ofSet, set: text }),
  'archive-began': z.object({ ...ofStep, source: text, path: text, level: count, base: text.optional() }),
  'archive-ended': z.object({
    ...ofStep,
    path: text,
    bytes,
    entries: count,
    unchanged: count,
    excluded: count,
    sha1: text.optional(),
    durationMs: ms,
    dry: z.boolean(),
  }),
  'file-skipped': z.object({ ...ofStep, path: text, reason: text }),
  'file-decided': z.object({ ...ofStep, decision: z.enum(['add', 'equal', 'exclude']), path: text, entry: text.optional() }),
  'file-kept': z.object({ ...ofStep, path: text, reason: text }),
  'file-removed': z.object({ ...ofStep, path: text, reason: text, dry: z.boolean() }),
  'file-copied': z.object({ ...ofStep, path: text, target: text, dry: z.boolean() }),
  'dump-began': z.object({ ...ofStep, database: text, path: text }),
  'dump-ended': z.object({ ...ofStep, database: text, path: text, bytes, sha1: text.optional(), durationMs: ms, dry: z.boolean() }),
  'step-told': z.object({ ...ofStep, text, isDetail: z.boolean() }),
  'check-ended': z.object({
    task: text,
    name: text.optional(),
    check: z.enum(['dnssec', 'disk-space', 'freshness', 'exec']),
    status: z.enum(['ok', 'warn', 'fail', 'unknown']),
    reason: text,
    hint: text.optional(),
    facts: z.array(fact),
  }),
  'run-ended': z.object({
    runId: text,
    task: text,
    status: z.enum(['ok', 'warnings', 'partial', 'failed', 'locked', 'interrupted']),
    began: instant,
    ended: instant,
    notes: z.array(text),
    storages: z.array(outcome).optional(),
    error: z.object({ code: text, message: text, hint: text.optional(), stderr: text.optional() }).optional(),
    failedAt: z.object({ ...place, object: text.optional() }).optional(),
    signal: text.transform((value) => value as NodeJS.Signals).optional(),
  }),
} as const satisfies { readonly [K in RunEvent['kind']]: z.ZodType }
