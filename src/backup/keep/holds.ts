import { Readable } from 'node:stream'
import { printable } from '../../lib/format.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { SideFiles } from '../set/side-files.ts'

/** A set that no rotation removes. */
export interface Hold {
  readonly set: string
  readonly reason: string
  /** ISO 8601, UTC. Absent: until it is released. */
  readonly until?: string
  readonly host: string
  /** ISO 8601, UTC. */
  readonly at: string
}

/** Why a set is held, in words, and until when. */
export interface HeldSet {
  readonly why: string
  /** As it was given, for display. */
  readonly reason: string
  /** Absent: until it is released. */
  readonly until?: Date
}

const ENDING = '.hold'
const MOST_BYTES = 64 * 1024

/** The name of the file beside the set; `docs/format/set.md` specifies it. */
export function holdNameOf(set: string): string {
  return `${set}${ENDING}`
}

export async function putHold(sideFiles: SideFiles, { set, reason, until, host, at }: Hold, call: OperationContext): Promise<void> {
  const text = `${JSON.stringify({ version: 1, set, reason, ...(until !== undefined && { until }), host, at }, undefined, 2)}\n`
  await sideFiles.put(holdNameOf(set), Readable.from([Buffer.from(text)], { objectMode: false }), call)
}

/**
 * The held sets among these files: those whose end has not passed. A hold that cannot be parsed has no end. Rejects if one cannot be read.
 */
export async function readHolds(
  sideFiles: SideFiles,
  { names, now }: { readonly names: readonly string[]; readonly now?: Date },
  call: OperationContext,
): Promise<ReadonlyMap<string, HeldSet>> {
  const held = new Map<string, HeldSet>()
  for (const name of names.filter((it) => it.endsWith(ENDING))) {
    const { reason, until } = parseHold(await textOf(await sideFiles.open(name, call)))
    if (until !== undefined && now !== undefined && Date.parse(until) < now.getTime()) continue
    const why = `held${until === undefined ? '' : ` until ${until.slice(0, 10)}`}: ${printable(reason)}`
    held.set(name.slice(0, -ENDING.length), { why, reason: printable(reason), ...(until !== undefined && { until: new Date(until) }) })
  }
  return held
}

function parseHold(text: string): { readonly reason: string; readonly until?: string } {
  try {
    const { reason, until } = JSON.parse(text) as Readonly<Record<string, unknown>>
    const hasEnd = typeof until === 'string' && !Number.isNaN(Date.parse(until))
    if (typeof reason === 'string' && (until === undefined || hasEnd)) return { reason, ...(hasEnd && { until }) }
  } catch {
    // Reported by the reason.
  }
  return { reason: 'its hold is damaged' }
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
