import { counted } from '../../lib/format.ts'
import { contentDifferences } from '../facts/dump-difference.ts'
import type { DumpFacts } from '../set/dump-facts.ts'

/** What was compared, and how it differs. */
export interface Judgement {
  readonly reasons: readonly string[]
  /** Why it is not known whether it differs. */
  readonly doubts: readonly string[]
  readonly asked: readonly string[]
  readonly notAsked: readonly string[]
}

/** A comparison of nothing. */
export const NOTHING: Judgement = { reasons: [], doubts: [], asked: [], notAsked: [] }

interface Rows {
  readonly wanted: DumpFacts
  readonly found: DumpFacts
  /** Whether a dump of the restored data must have the same tables: no options leave any out. */
  readonly isDefault: boolean
}

/** Compares the rows of each table. With other options, a table without counted rows in the dump may be empty, or be filled through another one. */
export function compareRows({ wanted, found, isDefault }: Rows): Judgement {
  if (wanted.rows === undefined || found.rows === undefined) return { ...NOTHING, notAsked: ['rows: there are too many tables, or too long names'] }
  const hasRows = Object.keys(wanted.rows).length > 0
  if (isDefault)
    return {
      ...NOTHING,
      reasons: differences({ rows: wanted.rows }, { rows: found.rows }),
      asked: [hasRows ? 'rows of each table' : 'absence of rows'],
    }
  const [mine, others] = [wanted.rows, found.rows]
  const common = Object.keys(mine).filter((table) => others[table] !== undefined)
  const reasons = differences({ rows: only(mine, common) }, { rows: only(others, common) })
  const isFilled = (rows: Counts) => Object.keys(rows).filter((table) => !common.includes(table) && rows[table] !== 0)
  const odd = [...isFilled(mine), ...isFilled(others)]
  if (common.length === 0 && odd.length === 0) return { ...NOTHING, asked: ['absence of rows'] }
  return {
    reasons,
    doubts:
      odd.length === 0
        ? []
        : [
            `was restored, but options of its dump do not permit comparing the rows of ${counted(odd.length, 'table')}: ${odd.slice(0, 3).join(', ')}`,
          ],
    asked: common.length === 0 ? [] : ['rows of each table in the dump'],
    notAsked: [],
  }
}

/** Compares the rows of an SQLite database with those that were counted when it was copied. Another version of SQLite may not support a feature of a table. */
export function compareSqliteRows(wanted: Counts | undefined, found: Counts): Judgement {
  if (wanted === undefined) return { ...NOTHING, notAsked: ['rows: they are not recorded'] }
  const all = Object.keys(wanted)
  const common = all.filter((table) => found[table] !== undefined)
  const skipped = all.length - common.length
  return {
    ...NOTHING,
    reasons: differences({ rows: only(wanted, common) }, { rows: only(found, common) }),
    asked: common.length === 0 ? [] : ['rows of each table'],
    notAsked: skipped === 0 ? [] : [`rows of ${counted(skipped, 'table')}, which could not be counted`],
  }
}

interface Definitions {
  readonly wanted: DumpFacts
  readonly found: DumpFacts
  /** `default`, `own`, or not recorded. */
  readonly options: string | number | undefined
}

/** Compares the definitions; with other options, their texts may differ, but none of them may be missing. */
export function compareDefinitions({ wanted, found, options }: Definitions): Judgement {
  if (wanted.schema === undefined || found.schema === undefined) return { ...NOTHING, notAsked: ['definitions: they could not be read'] }
  if (options === 'default' || wanted.schema === found.schema)
    return { ...NOTHING, reasons: differences(withoutRows(wanted), withoutRows(found)), asked: ['definitions'] }
  const [mine, others] = [wanted.created ?? {}, found.created ?? {}]
  // Accounts may be dumped only by options.
  const fewer = Object.keys(mine).filter((what) => what !== 'role' && (others[what] ?? 0) < (mine[what] ?? 0))
  const reasons = differences({ created: only(mine, fewer) }, { created: only(others, fewer) })
  const asked = ['number of definitions']
  if (options === 'own') return { ...NOTHING, reasons, asked, notAsked: ['texts of definitions: it was dumped with other options'] }
  return {
    ...NOTHING,
    reasons,
    asked,
    doubts: ['was restored, but its definitions differ, possibly because it was dumped with other options, which are not recorded'],
  }
}

const VALUES = [
  ['sequences', 'values of sequences'],
  ['largeObjects', 'large objects'],
  ['encodings', 'encodings of databases'],
] as const satisfies readonly (readonly [keyof DumpFacts, string])[]

// A dump with the default options has all of them.
const NONE: Compared = { sequences: {}, largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) } }

export const COLUMNS = 'values of columns'

/** Compares the rows of each table, if they were digested. Other options of the dump program may write the same values as other texts. */
export function compareColumns({ wanted, found, options }: Definitions): Judgement {
  const { tableDigests } = wanted
  if (tableDigests === undefined) return { ...NOTHING, notAsked: [COLUMNS] }
  if (options !== 'default') return { ...NOTHING, notAsked: [`${COLUMNS}: it was dumped with other options`] }
  const { rows = {} } = wanted
  // Another number of rows is reported as such.
  const common = Object.keys(tableDigests).filter((table) => found.tableDigests?.[table] !== undefined && found.rows?.[table] === rows[table])
  const left = Object.values(rows).filter((it) => it > 0).length - common.length
  return {
    ...NOTHING,
    reasons: differences({ tableDigests: only(tableDigests, common) }, { tableDigests: only(found.tableDigests ?? {}, common) }),
    asked: common.length === 0 ? [] : [`${COLUMNS} of ${counted(common.length, 'table')}`],
    notAsked: left > 0 ? [`${COLUMNS} of ${counted(left, 'table')}`] : [],
  }
}

/** Compares the contents of a dump other than rows and definitions. Other options may omit them. */
export function compareValues({ wanted, found, options }: Definitions): Judgement {
  const compared = VALUES.flatMap(([key, what]) => (wanted[key] === undefined ? [] : [what]))
  if (options !== 'default') return { ...NOTHING, notAsked: compared }
  const valuesOf = (facts: DumpFacts): Compared => ({
    ...NONE,
    created: {},
    ...Object.fromEntries(VALUES.flatMap(([key]) => (facts[key] === undefined ? [] : [[key, facts[key]]]))),
  })
  return { ...NOTHING, reasons: differences(valuesOf(wanted), valuesOf(found)), asked: compared }
}

type Counts = Readonly<Record<string, number>>

function only<T>(byName: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> {
  return Object.fromEntries(names.flatMap((name) => (byName[name] === undefined ? [] : [[name, byName[name]]])))
}

type Compared = Omit<DumpFacts, 'bytes' | 'sha256'>

function differences(wanted: Compared, found: Compared): readonly string[] {
  return contentDifferences(wanted, found).map((it) => `after the restore, ${it}`)
}

function withoutRows({ schema, created }: DumpFacts): Compared {
  return { ...(schema !== undefined && { schema }), ...(created !== undefined && { created }) }
}

/** Without the databases of a MariaDB server itself. */
export function withoutSystem(facts: DumpFacts): DumpFacts {
  const { rows, tableDigests, ...others } = facts
  const own = (names: object) => Object.keys(names).filter((table) => !/^(?:mysql|sys)\//u.test(table))
  return {
    ...others,
    ...(rows && { rows: only(rows, own(rows)) }),
    ...(tableDigests && { tableDigests: only(tableDigests, own(tableDigests)) }),
  }
}
