import { Readable } from 'node:stream'
import type { Key, OperationContext, OwnCheck } from '../storage.ts'
import type { FinishedPart } from './s3-calls.ts'
import { faultOf, S3Fault } from './s3-fault.ts'
import { acceptsPart, withUpload } from './write/open-upload.ts'
import { maxPartsOf } from './write/part-limit.ts'
import { MAX_PARTS } from './write/part-plan.ts'
import type { Upload, UploadDeps } from './write/upload-deps.ts'
import { copiedPart } from './write/upload-parts.ts'

interface Checked {
  readonly maxParts: number | undefined
  readonly equalParts: boolean
  /** Runs one test; errors of its calls become those of the storage. */
  run<T>(doing: string, call: OperationContext, work: (deps: UploadDeps) => Promise<T>): Promise<T>
  upload(key: Key): Upload
  put(key: Key, body: Readable, call: OperationContext): Promise<unknown>
  /** The complete key. */
  keyOf(key: Key): string
}

/** What large objects and the removal of sets need of a store. */
export function s3Checks({ maxParts, equalParts, run, upload, put, keyOf }: Checked): readonly OwnCheck[] {
  const wanted = maxParts ?? MAX_PARTS
  const small = () => Readable.from([Buffer.from('x')], { objectMode: false })
  // Parts of different sizes, as at the end of a large object.
  const combines = async (prefix: Key, call: OperationContext) => {
    const { partBytes } = upload('').parts
    const sourceBytes = partBytes + 1024 ** 2
    await put(`${prefix}source`, Readable.from(zeros(sourceBytes), { objectMode: false }), call)
    return run('combine parts', call, async (deps) => {
      const ranges = [[0, partBytes - 1] as const, [0, sourceBytes - 1] as const, [0, 0] as const]
      const source = keyOf(`${prefix}source`)
      await withUpload(
        upload(`${prefix}combined`),
        async (open) => {
          const parts: FinishedPart[] = []
          for (const [index, range] of ranges.entries())
            parts.push({ ...(await copiedPart({ ...open, number: index + 1, source, range }, deps)), number: index + 1 })
          return { bytes: partBytes + sourceBytes + 1, parts }
        },
        deps,
      )
      return undefined
    })
  }
  return [
    {
      title: `accepts ${wanted} parts`,
      check: (prefix, call) =>
        run('upload parts', call, async (deps) => {
          const target = upload(`${prefix}parts`)
          if (maxParts === undefined) {
            const most = await maxPartsOf(target, deps)
            return most === wanted ? undefined : `${most}; larger objects are combined from several uploads`
          }
          const refusal = await acceptsPart(target, maxParts, deps)
          if (refusal !== undefined) throw new S3Fault('TooManyParts', refusal.message, { status: refusal.status })
          return undefined
        }),
    },
    ...(equalParts ? [] : [{ title: 'combines parts', isOptional: true, check: combines }]),
    {
      title: 'removes many objects with one request',
      isOptional: true,
      async check(prefix, call) {
        const keys = [`${prefix}many/1`, `${prefix}many/2`]
        for (const key of keys) await put(key, small(), call)
        return run('remove several objects with one request', call, async ({ calls, signal }) => {
          const refused = await calls.removeMany(keys.map(keyOf), signal).catch((thrown: unknown) => {
            throw new S3Fault('NoRemoveMany', faultOf(thrown, signal.aborted).message, { cause: thrown })
          })
          const [first] = refused
          if (first !== undefined) throw new S3Fault('NoRemoveMany', first.message || first.code)
          return undefined
        })
      },
    },
  ]
}

function* zeros(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(1024 ** 2)
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length))
}
