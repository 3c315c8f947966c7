import { type StreamEdges, watchEdges } from '../../process/archive/stream-edges.ts'
import type { MemberList } from '../contents/member-list.ts'
import { type DumpWatch, watchDump } from '../facts/watch-dump.ts'
import { readCheckAnswers } from './check-answers.ts'
import type { Engine } from './engine.ts'
import { type FileList, listFiles } from './file-list.ts'
import { readSqliteAnswer, type SqliteAnswer } from './sqlite-answer.ts'
import type { CheckAnswer } from './user-checks.ts'

/** What the inner script of a drill prints: the line "loaded", then the facts of the restored data. */
export interface RestoredAnswer {
  see(chunk: Buffer): void
  /** Milliseconds from the beginning until the data was loaded. Undefined: it was not. */
  loadedMs(): number | undefined
  readonly dump?: DumpWatch
  readonly files?: FileList
  readonly sqlite?: SqliteAnswer
  /** Of the checks of the user, in their order. */
  answers(): readonly CheckAnswer[]
  /** Its beginning and end. */
  readonly edges: StreamEdges
}

const LOADED = Buffer.from('loaded\n')

export interface ExpectedAnswer {
  /** Of the archive, complete before its files are listed. */
  readonly members: MemberList | undefined
  /** Whether the rows of each table are digested. */
  readonly hasTables: boolean
  /** The number of checks of the user, whose answers come first. */
  readonly checks: number
}

export function readAnswer({ kind }: Engine, { members, hasTables, checks }: ExpectedAnswer): RestoredAnswer {
  const beganMs = performance.now()
  const edges = watchEdges()
  const dump = watchDump(kind, { hasTables })
  const files = kind === 'files' && members ? listFiles(members) : undefined
  const sqlite = kind === 'sqlite' ? readSqliteAnswer() : undefined
  let head = Buffer.alloc(0)
  let loadedMs: number | undefined
  let isOther = false
  const answers = readCheckAnswers(checks)
  const take = (read: Buffer) => {
    const chunk = answers.see(read)
    if (chunk.length === 0) return
    edges.see(chunk)
    dump?.see(chunk)
    files?.see(chunk)
    sqlite?.see(chunk)
  }
  return {
    see(chunk) {
      if (isOther) return
      if (loadedMs !== undefined) {
        take(chunk)
        return
      }
      head = Buffer.concat([head, chunk])
      if (head.length < LOADED.length) return
      isOther = !head.subarray(0, LOADED.length).equals(LOADED)
      if (isOther) return
      loadedMs = Math.round(performance.now() - beganMs)
      take(head.subarray(LOADED.length))
    },
    loadedMs: () => loadedMs,
    answers: answers.found,
    ...(dump && { dump }),
    ...(files && { files }),
    ...(sqlite && { sqlite }),
    edges,
  }
}
