import { counted } from '../../lib/format.ts'
import type { StoredRecord } from '../restore/restore-jobs.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import { compareDefinitions, compareRows, compareSqliteRows, type Judgement, NOTHING, withoutSystem } from './compare-dumps.ts'
import type { Engine } from './engine.ts'
import { type MemberList, MOST_DIGESTS, MOST_FILES } from './file-list.ts'
import type { RestoredAnswer } from './restored-answer.ts'

export interface Restored {
  readonly record: StoredRecord
  readonly engine: Engine
  /** What the object contained, by its stream. */
  readonly seen: DumpFacts | undefined
  /** Whether that includes the databases of a MariaDB server itself. */
  readonly hasSystem: boolean
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

function judgeDatabase({ record, seen, hasSystem, head, answer }: Restored): Judgement {
  const found = answer.dump?.end()
  if (seen === undefined || found === undefined) return { ...NOTHING, doubts: ['was restored, but could not be compared'] }
  // The accounts and statistics of the server, which the temporary one has, too.
  const wanted = hasSystem ? withoutSystem(seen) : seen
  const isSame = programOf(head) === programOf(answer.edges.head)
  const why = hasSystem ? 'definitions, accounts' : isSame ? undefined : 'definitions: the dump programs have different versions'
  const options = record.facts?.['options']
  const parts = [
    compareRows({ wanted, found, isDefault: options === 'default' }),
    why === undefined ? compareDefinitions({ wanted, found, options }) : { ...NOTHING, notAsked: [why] },
    { ...NOTHING, notAsked: [VALUES] },
  ]
  const all = (of: keyof Judgement) => parts.flatMap((it) => it[of])
  const doubts = all('asked').length === 0 && all('doubts').length === 0 ? ['was restored, but nothing of it could be compared'] : all('doubts')
  return { reasons: all('reasons'), doubts, asked: all('asked'), notAsked: all('notAsked') }
}

/** The version of the dump program, as it writes it. */
function programOf(head: Buffer): string | undefined {
  return /^-- (?:Dumped by pg_dump version .*|(?:MariaDB|MySQL) dump .*)$/mu.exec(head.toString('latin1'))?.[0].trim()
}

function judgeDirectory({ seen, answer }: Restored): Judgement {
  const found = answer.dump?.end()
  const isSame = seen !== undefined && found?.sha256 === seen.sha256
  const reasons = isSame ? [] : [`after the restore, has ${found?.bytes} bytes as LDIF that differ from the ${seen?.bytes} that were read`]
  return { ...NOTHING, reasons, asked: ['all entries, byte by byte'] }
}

function judgeSqlite({ record, seen, answer: { sqlite } }: Restored): Judgement {
  if (sqlite === undefined) return { ...NOTHING, doubts: ['was restored, but could not be compared'] }
  const [state, tables, ...more] = sqlite.state()
  const isSame = sqlite.digest() === seen?.sha256
  const isSound = state === 'ok' && more.length === 0 && Number(tables) > 0
  const damage = state === 'ok' ? (tables === '0' ? 'contains no tables' : 'has broken foreign keys') : `is damaged: ${state}`
  const rows = compareSqliteRows(record.dump?.rows, sqlite.rows())
  return {
    ...rows,
    reasons: [...(isSame ? [] : ['after the restore, differs from what was read']), ...(isSound ? [] : [damage]), ...rows.reasons],
    asked: ['all bytes', 'integrity', 'foreign keys', 'tables', ...rows.asked],
  }
}

function judgeFiles({ answer, members }: Restored): Judgement {
  if (members === undefined || answer.files === undefined) return { ...NOTHING, doubts: ['was restored, but could not be compared'] }
  const { digests } = answer.files
  const { left, others } = members.uncompared()
  const contents = `contents of ${counted(digests, 'file')}${members.compared === 'all' ? '' : ' of at most 64 KiB'}`
  const notAsked = [
    'owners, attributes, devices',
    ...(members.compared === 'all' ? [] : ['contents of larger files']),
    ...(left > 0 ? [`contents of ${counted(left, 'file')} that could not be read`] : []),
    ...(others > 0 ? [`contents of ${counted(others, 'file')}, sparse or after the first ${MOST_DIGESTS}`] : []),
    ...(members.skipped > 0 ? [`${counted(members.skipped, 'file')} after the first ${MOST_FILES}`] : []),
  ]
  return { ...NOTHING, reasons: answer.files.differences(), asked: ['paths, sizes and modes of files', contents], notAsked }
}
