const GRANT = /^GRANT (?<rights>[A-Z_, ]+) ON (?:\*|`(?<database>(?:[^`]|``)*)`)\.\* TO /u

interface Grant {
  readonly rights: readonly string[]
  /** Absent: of all databases. */
  readonly databases?: RegExp
}

/** What is lacking according to the answer to a probe with `answers: 'grants'`. */
export function lackingGrants(lines: readonly string[]): readonly string[] {
  const grants = lines.flatMap(readGrant)
  return lines.flatMap((line) => {
    // Tabs in names are escaped by the client.
    const [rights = '', what, database = ''] = line.split('\t')
    if (what === undefined) return []
    const sufficient = rights === '' ? [] : [...rights.split(', '), 'ALL PRIVILEGES']
    const isGranted = grants.some((it) => (it.databases?.test(unescaped(database)) ?? true) && it.rights.some((right) => sufficient.includes(right)))
    return isGranted ? [] : [what]
  })
}

function readGrant(line: string): readonly Grant[] {
  const { rights, database } = GRANT.exec(unescaped(line))?.groups ?? {}
  if (rights === undefined) return []
  return [{ rights: rights.split(/, */u), ...(database !== undefined && { databases: asRegExp(database.replaceAll('``', '`')) }) }]
}

/** Names of databases in grants are patterns of LIKE. */
function asRegExp(pattern: string): RegExp {
  const parts = pattern.match(/\\?./gsu) ?? []
  const source = parts.map((part) =>
    part === '%' ? '.*' : part === '_' ? '.' : part.replace(/^\\(?=.)/su, '').replace(/[\^$.*+?()[\]{}|/]/u, '\\$&'),
  )
  return new RegExp(`^${source.join('')}$`, 'su')
}

/** A line or a field of the client's output for programs. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(?<letter>.)/gsu, (_, letter: string) => ESCAPES.get(letter) ?? letter)
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['0', '\0'],
])
