import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { ObjectRecord } from '../../src/backup/set/manifest.ts'
import type { FileDraft, SetDraft, SetStore, StreamDraft } from '../../src/backup/set/set-store.ts'
import type { OperationContext } from '../../src/storage/storage.ts'
import { nextRun } from './localfs.ts'

/** What an object holds, and what its record says beyond that. */
export type Content = string | Buffer | (Partial<ObjectRecord> & { readonly content: Buffer })

/** Makes one set of these objects, as a backup step does, and says under which name. On a failure the draft is aborted. */
export async function makeSet(
  sets: SetStore,
  call: OperationContext,
  options: { readonly began: Date; readonly objects: Readonly<Record<string, Content>> },
): Promise<string> {
  const { began } = options
  const run = { ...nextRun(), began }
  const draft = await sets.begin(run, call)
  try {
    const objects = []
    for (const [path, content] of Object.entries(options.objects)) objects.push(await putObject(draft, { path, content }, call))
    const facts = { host: 'web-01', runId: run.runId, task: run.task, step: run.task, began, ended: began, objects }
    return await sets.exclusively(call, () => draft.commit(began, facts, call))
  } catch (error) {
    await draft.abort()
    throw error
  }
}

/** The draft of an object store. */
export function asStream(draft: SetDraft): StreamDraft {
  assert.ok(draft.kind === 'stream', 'a draft that takes streams')
  return draft
}

/** The draft of a file system. */
export function asFiles(draft: SetDraft): FileDraft {
  assert.ok(draft.kind === 'files', 'a draft that takes files')
  return draft
}

/** Stores one object in a draft that takes any, in the way of its kind. */
export async function putObject(
  draft: SetDraft,
  { path, content }: { readonly path: string; readonly content: Content },
  call: OperationContext,
): Promise<ObjectRecord> {
  const { content: bytes, ...known } = typeof content === 'string' || Buffer.isBuffer(content) ? { content: Buffer.from(content) } : content
  if (draft.kind === 'files') {
    const file = await draft.openFile(path, {})
    for (let done = 0; done < bytes.length; ) done += writeSync(file.fd, bytes, done)
    await file.flushAndClose()
  } else await asStream(draft).putObject(path, Readable.from([bytes], { objectMode: false }), {}, call)
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), stages: [], filters: [], ...known }
}
