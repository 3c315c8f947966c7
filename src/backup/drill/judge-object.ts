import { contentDifferences } from '../facts/dump-difference.ts'
import type { StoredRecord } from '../restore/restore-jobs.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import { type Engine, isOfAll } from './engine.ts'
import type { MemberList } from './file-list.ts'
import type { RestoredAnswer } from './restored-answer.ts'

/** What was compared, and how it differs. */
export interface Judgement {
  readonly reasons: readonly string[]
  readonly asked: readonly string[]
  readonly notAsked: readonly string[]
}

export interface Restored {
  readonly record: StoredRecord
  readonly engine: Engine
  /** What the object contained, by its stream. */
  readonly seen: DumpFacts | undefined
  /** The beginning of that stream. */
  readonly head: Buffer
  readonly members: MemberList | undefined
  readonly answer: RestoredAnswer
}

/** Compares what was restored with what was read from the object. */
export function judgeRestored(restored: Restored): Judgement {
  switch (restored.engine.kind) {
    case 'postgresql':
    case 'mariadb':
      return judgeDatabase(restored)
    case 'ldap':
      return judgeDirectory(restored)
    case 'sqlite':
      return judgeSqlite(restored)
    case 'files':
      return judgeFiles(restored)
    default:
      return restored.engine.kind satisfies never
  }
}

const VALUES = 'values of columns'

function judgeDatabase({ record, seen, head, answer }: Restored): Judgement {
  const found = answer.dump?.end()
  if (seen === undefined || found === undefined) return { reasons: ['could not be compared'], asked: [], notAsked: [] }
  const isAll = isOfAll(record)
  // The users and statistics of the server, which the temporary one has, too.
  const own = (facts: DumpFacts): DumpFacts => (isAll ? { ...facts, rows: withoutSystem(facts.rows ?? {}) } : facts)
  const isSame = programOf(head) === programOf(answer.edges.head)
  const onlyRows = ({ bytes, sha256, rows }: DumpFacts): DumpFacts => ({ bytes, sha256, ...(rows && { rows }) })
  const asksSchema = isSame && !isAll
  const [wanted, there] = [own(seen), own(found)]
  const differences = asksSchema ? contentDifferences(wanted, there) : contentDifferences(onlyRows(wanted), onlyRows(there))
  return {
    reasons: differences.map((it) => `after the restore, ${it}`),
    asked: ['rows of each table', ...(asksSchema ? ['definitions'] : [])],
    notAsked: [...(asksSchema ? [] : [isAll ? 'definitions, accounts' : 'definitions: the dump programs have different versions']), VALUES],
  }
}

function withoutSystem(rows: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(rows).filter(([table]) => !/^(?:mysql|sys)\//u.test(table)))
}

/** The version of the dump program, as it writes it. */
function programOf(head: Buffer): string | undefined {
  return /^-- (?:Dumped by pg_dump version .*|(?:MariaDB|MySQL) dump .*)$/mu.exec(head.toString('latin1'))?.[0].trim()
}

function judgeDirectory({ seen, answer }: Restored): Judgement {
  const found = answer.dump?.end()
  const isSame = seen !== undefined && found?.sha256 === seen.sha256
  const reasons = isSame ? [] : [`after the restore, has ${found?.bytes} bytes as LDIF that differ from the ${seen?.bytes} that were read`]
  return { reasons, asked: ['all entries, byte by byte'], notAsked: [] }
}

function judgeSqlite({ answer }: Restored): Judgement {
  const [state, tables, ...more] = answer.edges.head.toString('utf8').trim().split('\n')
  const isSound = state === 'ok' && more.length === 0 && Number(tables) > 0
  const reasons = isSound ? [] : [state === 'ok' ? (tables === '0' ? 'contains no tables' : 'has broken foreign keys') : `is damaged: ${state}`]
  return { reasons, asked: ['integrity', 'foreign keys', 'tables'], notAsked: ['rows'] }
}

function judgeFiles({ answer, members }: Restored): Judgement {
  if (members === undefined || answer.files === undefined) return { reasons: ['could not be compared'], asked: [], notAsked: [] }
  return {
    reasons: answer.files.differences(members),
    asked: ['paths and sizes of files'],
    notAsked: ['owners, attributes, devices', ...(members.areTooMany ? ['files after the first two million'] : [])],
  }
}
