import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type OperationContext, type Storage, StorageError, type StorageErrorKind } from '../storage.ts'
import { quoted } from '../system-errors.ts'

/** A storage violates its contract. */
export class ContractViolation extends AppError {
  readonly code = 'storage/broken-vow'
}

/** A storage under test. Only keys that begin with the prefix are created, read or removed. */
export interface Trial {
  readonly storage: Storage
  /** Ends in a slash, or is empty if the storage is only used by the test. */
  readonly prefix: string
  readonly call: OperationContext
}

export interface NamedCheck {
  readonly title: ContractCheck
  /** Rejects with `ContractViolation`, or with the storage's error. The caller removes the objects below the prefix. */
  readonly check: (trial: Trial) => Promise<void>
  /** True if a violation could cause damage outside of the prefix: only for storages that are only used by the test. */
  readonly mayLeavePrefix?: true
  /** True if a storage may report that it does not support this; only relevant for the names of objects. */
  readonly isOptional?: true
}

/** The contract of every storage, each part tested with unused keys. Run by the tests of every storage, and by `storage check`. */
export const CONTRACT_CHECKS = [
  { title: 'returns the stored data', check: readsBack },
  { title: 'replaces an existing object', check: replaces },
  { title: 'stores nothing of an interrupted upload', check: keepsNothingBroken },
  { title: 'keeps the old object if its replacement is interrupted', check: keepsTheOld },
  { title: 'stores nothing of an aborted upload', check: discardsAborted },
  { title: 'reports missing objects', check: reportsMissing },
  { title: 'lists each object with a prefix once', check: lists },
  { title: 'accepts the removal of missing objects', check: acceptsRemovalOfMissing },
  { title: 'starts no operation after an abort', check: startsNothing },
  { title: 'accepts any name', check: (trial) => takesNames(trial, ODD_NAMES) },
  { title: 'accepts control characters in names', check: (trial) => takesNames(trial, ['line\nbreak', '\r\u001b']), isOptional: true },
  { title: 'rejects keys outside of the root', check: staysInside, mayLeavePrefix: true },
] as const satisfies readonly (Omit<NamedCheck, 'title'> & { readonly title: string })[]

export type ContractCheck = (typeof CONTRACT_CHECKS)[number]['title']

const ODD_NAMES = ['two  words', '-rf', 'déjà vu/日本', '*?[]$(x)`"\'\\', '.hidden', '...', '100%', 'a;b,c:d', 'x'.repeat(200)]

export function bodyOf(content: string | Buffer): Readable {
  return Readable.from([Buffer.from(content)], { objectMode: false })
}

async function readsBack(trial: Trial): Promise<void> {
  const large = Buffer.alloc(3_000_001, 'x')
  const stored = await put(trial, 'a/large', large)
  expect(stored.bytes === large.length, `${large.length} bytes were stored, but ${stored.bytes} were reported`)
  await trial.storage.put(`${trial.prefix}empty`, Readable.from([], { objectMode: false }), trial.call)
  expect((await read(trial, 'a/large')).equals(large), 'the data read differs from the data stored')
  expect((await read(trial, 'empty')).length === 0, 'data was returned for an empty object')
}

async function replaces(trial: Trial): Promise<void> {
  await put(trial, 'a', 'the first one')
  await put(trial, 'a', 'two')
  await expectContent(trial, 'a', 'two')
  // With the same size and time: a storage that compares only these must not consider it unchanged.
  await put(trial, 'a', 'six')
  await expectContent(trial, 'a', 'six')
  await expectKeys(trial, '', ['a 3'])
}

async function keepsNothingBroken(trial: Trial): Promise<void> {
  await expectBroken(trial, 'a/b')
  await expectNotFound(trial, 'a/b')
  await expectKeys(trial, '', [])
}

async function keepsTheOld(trial: Trial): Promise<void> {
  await put(trial, 'a', 'old')
  await expectBroken(trial, 'a')
  await expectContent(trial, 'a', 'old')
}

async function discardsAborted({ storage, prefix, call }: Trial): Promise<void> {
  const stop = new AbortController()
  async function* long() {
    for (let count = 0; count < 2000; count++) {
      yield Buffer.alloc(1000)
      await new Promise((resolve) => setImmediate(resolve))
      if (count === 20) stop.abort()
    }
  }
  const body = Readable.from(long(), { objectMode: false })
  await expectRejection(storage.put(`${prefix}a`, body, { signal: stop.signal }), 'an aborted upload was completed')
  await expectKeys({ storage, prefix, call }, '', [])
}

async function reportsMissing(trial: Trial): Promise<void> {
  await expectNotFound(trial, 'nowhere')
  await put(trial, 'a/b', 'x')
  await expectNotFound(trial, 'a')
  await expectNotFound(trial, 'a/b/c')
}

async function lists(trial: Trial): Promise<void> {
  for (const key of ['a/1', 'a/2', 'a/b/3', 'ab', 'b/4']) await put(trial, key, key)
  await expectKeys(trial, 'a/', ['a/1 3', 'a/2 3', 'a/b/3 5'])
  await expectKeys(trial, 'a', ['a/1 3', 'a/2 3', 'a/b/3 5', 'ab 2'])
  await expectKeys(trial, 'a/b', ['a/b/3 5'])
  await expectKeys(trial, '', ['a/1 3', 'a/2 3', 'a/b/3 5', 'ab 2', 'b/4 3'])
  await expectKeys(trial, 'c/', [])
}

async function acceptsRemovalOfMissing(trial: Trial): Promise<void> {
  await remove(trial, 'nowhere/at all')
  await put(trial, 'a', 'x')
  await remove(trial, 'a')
  await remove(trial, 'a')
  await expectKeys(trial, '', [])
}

async function startsNothing(trial: Trial): Promise<void> {
  await put(trial, 'a', 'old')
  const aborted: Trial = { ...trial, call: { signal: AbortSignal.abort() } }
  await expectRefused(put(aborted, 'a', 'new'), 'aborted', 'an upload started after an abort')
  await expectRefused(remove(aborted, 'a'), 'aborted', 'an object was removed after an abort')
  await expectContent(trial, 'a', 'old')
}

async function takesNames(trial: Trial, names: readonly string[]): Promise<void> {
  for (const name of names) await put(trial, `set/${name}`, name)
  for (const name of names) await expectContent(trial, `set/${name}`, name)
  await expectKeys(
    trial,
    'set/',
    names.map((name) => `set/${name} ${Buffer.byteLength(name)}`),
  )
}

async function staysInside({ storage, call }: Trial): Promise<void> {
  for (const key of ['', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../../b', 'a/./b', 'a\0b'])
    await expectRefused(storage.put(key, bodyOf('x'), call), 'broken', `the invalid key ${quoted(key)} was accepted`)
}

const put = ({ storage, prefix, call }: Trial, key: string, content: string | Buffer) => storage.put(`${prefix}${key}`, bodyOf(content), call)
const read = async ({ storage, prefix, call }: Trial, key: string) => buffer(await storage.get(`${prefix}${key}`, call))
const remove = ({ storage, prefix, call }: Trial, key: string) => storage.remove(`${prefix}${key}`, call)

function expect(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new ContractViolation(otherwise)
}

async function expectContent(trial: Trial, key: string, content: string): Promise<void> {
  const bytes = await read(trial, key)
  expect(bytes.toString() === content, `${quoted(key)} has ${bytes.length} bytes that differ from the ${Buffer.byteLength(content)} bytes stored`)
}

async function expectKeys({ storage, prefix, call }: Trial, below: string, expected: readonly string[]): Promise<void> {
  const found: string[] = []
  for await (const { key, bytes } of storage.list(`${prefix}${below}`, call)) found.push(`${key.slice(prefix.length)} ${bytes}`)
  const missing = expected.filter((it) => !found.includes(it))
  const unexpected = found.filter((it, index) => !expected.includes(it) || found.indexOf(it) !== index)
  const shown = (keys: readonly string[]) => keys.map(quoted).join(', ')
  expect(missing.length === 0, `missing from the listing: ${shown(missing)}`)
  expect(unexpected.length === 0, `unexpected in the listing: ${shown(unexpected)}`)
}

async function expectNotFound(trial: Trial, key: string): Promise<void> {
  await expectRefused(read(trial, key), 'not-found', `${quoted(key)} was read, but does not exist`)
}

async function expectRefused(work: Promise<unknown>, kind: StorageErrorKind, otherwise: string): Promise<void> {
  const error = await expectRejection(work, otherwise)
  if (!(error instanceof StorageError && error.code === `storage/${kind}`))
    throw new ContractViolation(`expected an error of the kind "${kind}": ${messageOf(error)}`, { cause: error })
}

async function expectRejection(work: Promise<unknown>, otherwise: string): Promise<unknown> {
  const settled = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (settled === undefined) throw new ContractViolation(otherwise)
  return settled.error
}

async function expectBroken({ storage, prefix, call }: Trial, key: string): Promise<void> {
  const body = Readable.from(half(), { objectMode: false })
  const error = await expectRejection(storage.put(`${prefix}${key}`, body, call), 'an interrupted upload was stored as complete')
  expect(messageOf(error).includes(DEATH), `the cause of the interruption was not reported: ${messageOf(error)}`)
}

const DEATH = 'the dump died'

async function* half() {
  yield Buffer.from('half of it')
  await new Promise((resolve) => setImmediate(resolve))
  throw new Error(DEATH)
}
