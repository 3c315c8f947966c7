import { counted, printable } from '../../lib/format.ts'
import { type MemberList, MOST_DIGESTS, MOST_FILES } from '../contents/member-list.ts'
import type { StoredRecord } from '../restore/restore-jobs.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import {
  COLUMNS,
  compareColumns,
  compareDefinitions,
  compareRows,
  compareSqliteRows,
  compareValues,
  type Judgement,
  NOTHING,
  withoutSystem,
} from './compare-dumps.ts'
import type { Engine } from './engine.ts'
import type { RestoredAnswer } from './restored-answer.ts'
import { type CheckAnswer, NOT_FOUND } from './user-checks.ts'

/** `level`: they are only examined at level `full`. */
export type IndexAnswer = CheckAnswer | 'level' | 'none'

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
  /** Of PostgreSQL. */
  readonly indexes: IndexAnswer
  readonly answer: RestoredAnswer
}

/** Compares the restored data with the data read from the object. */
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

function judgeDatabase({ record, engine, seen, hasSystem, head, answer, indexes }: Restored): Judgement {
  const found = answer.dump?.end()
  if (seen === undefined || found === undefined) return { ...NOTHING, doubts: ['was restored, but could not be compared'] }
  // The accounts and statistics of the server, which the temporary one has, too.
  const wanted = hasSystem ? withoutSystem(seen) : seen
  const isSame = programOf(head) === programOf(answer.edges.head)
  const why = hasSystem ? 'definitions, accounts' : isSame ? undefined : 'definitions: the dump programs have different versions'
  const options = record.facts?.['options']
  const parts = [
    compareRows({ wanted, found, isDefault: options === 'default' }),
    ...(why === undefined
      ? [compareDefinitions({ wanted, found, options }), compareValues({ wanted, found, options })]
      : [{ ...NOTHING, notAsked: [why] }]),
    ...(engine.kind === 'postgresql' ? [judgeIndexes(indexes)] : []),
    isSame ? compareColumns({ wanted, found, options }) : { ...NOTHING, notAsked: [COLUMNS] },
  ]
  const all = (of: keyof Judgement) => parts.flatMap((it) => it[of])
  const doubts = all('asked').length === 0 && all('doubts').length === 0 ? ['was restored, but nothing of it could be compared'] : all('doubts')
  return { reasons: all('reasons'), doubts, asked: all('asked'), notAsked: all('notAsked') }
}

const INDEXES = 'structure of B-tree indexes'
// Data corrupted, index corrupted (PostgreSQL, "Error Codes").
const DAMAGE = /^(?:psql:[^\n]*? )?ERROR: {2}XX00[12]: (?<why>[^\n]*)/mu
const OTHER = /^(?:psql:[^\n]*? )?(?:ERROR|FATAL): {2}(?<why>[^\n]*)/mu

/**
 * Of the answer of `examine_indexes` in the inner script of PostgreSQL: a line for each index that is in order, and the errors. An error that is not damage is
 * no evidence about the index: the functions of an expression may need settings that are not there.
 */
function judgeIndexes(answer: IndexAnswer): Judgement {
  if (answer === 'level') return { ...NOTHING, notAsked: [`${INDEXES}: only at level full`] }
  if (answer === 'none') return { ...NOTHING, notAsked: [`${INDEXES}: there was no answer`] }
  const { exitCode, output } = answer
  if (exitCode === NOT_FOUND) return { ...NOTHING, notAsked: [`${INDEXES}: the extension "amcheck" is not installed`] }
  const damage = DAMAGE.exec(output)?.groups?.['why']
  const other = exitCode === 0 ? OTHER.exec(output)?.groups?.['why'] : output.trim().split('\n').at(-1)
  const sound = Number(/^(?<count>\d+)$/mu.exec(output)?.groups?.['count'] ?? 0)
  return {
    ...NOTHING,
    reasons: damage === undefined ? [] : [`after the restore, has a damaged index: ${printable(damage)}`],
    asked: sound === 0 ? [] : [`structure of ${counted(sound, 'B-tree index', 'B-tree indexes')}`],
    notAsked: other === undefined || damage !== undefined ? [] : [`${INDEXES}, where not all could be examined: ${printable(other)}`],
  }
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
  const reasons = answer.files.differences()
  const { digests, tooLong } = answer.files
  const { left, others } = members.uncompared()
  const contents = `contents of ${counted(digests, 'file')}${members.compared === 'all' ? '' : ' of at most 64 KiB'}`
  const notAsked = [
    'owners, access control lists, extended attributes and devices after the restore',
    ...(members.compared === 'all' ? [] : ['contents of larger files']),
    ...(left > 0 ? [`contents of ${counted(left, 'file')} that could not be read`] : []),
    ...(others > 0 ? [`contents of ${counted(others, 'file')}, sparse or after the first ${MOST_DIGESTS}`] : []),
    ...(tooLong > 0 ? [`${counted(tooLong, 'member')} with paths of more than 4095 bytes, which tar cannot create`] : []),
    ...(members.skipped > 0 ? [`${counted(members.skipped, 'file')} after the first ${MOST_FILES}`] : []),
  ]
  const links = members.links().size
  const asked = ['paths, sizes, modes and times of files', ...(links > 0 ? [counted(links, 'link')] : []), contents]
  return { ...NOTHING, reasons, asked, notAsked }
}
