/** A name as in a dump, with its parts: `public."Odd name"`, `` `t` ``. */
export interface SqlName {
  /** Without quotes, as the server has them. */
  readonly parts: readonly string[]
  /** What follows it in the statement. */
  readonly rest: string
}

const PART = /^\s*(?:"(?<double>(?:[^"]|"")*)"|`(?<back>(?:[^`]|``)*)`|(?<bare>[^\s"`'(),.;]+))/u

/** The name at the beginning of this text, which has one character for each byte of UTF-8. Undefined if there is none. */
export function readSqlName(text: string): SqlName | undefined {
  const parts: string[] = []
  for (let rest = text; ; ) {
    const found = PART.exec(rest)
    if (found === null) return undefined
    const { double, back, bare } = found.groups ?? {}
    parts.push(utf8(double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? bare ?? ''))
    rest = rest.slice(found[0].length)
    if (!rest.startsWith('.')) return { parts, rest }
    rest = rest.slice(1)
  }
}

/** One part of a path: no slash of a name separates folders, and no percent sign is ambiguous. */
export function pathPart(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2F')
}

/** `public.orders`, and `public."a.b"` where a part would not be clear without quotes. */
export function dottedName(parts: readonly string[]): string {
  return parts.map((part) => pathPart(/[."]/u.test(part) || part === '' ? `"${part.replaceAll('"', '""')}"` : part)).join('.')
}

/** The path of a table: within the database that its name or the dump selects. */
export function pathInDump(
  parts: readonly string[],
  { isMariadb, database }: { readonly isMariadb: boolean; readonly database: string | undefined },
): string {
  const name = isMariadb ? pathPart(parts.at(-1) ?? '') : dottedName(parts)
  const within = isMariadb && parts.length > 1 ? parts[0] : database
  return within === undefined ? name : `${pathPart(within)}/${name}`
}

function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString()
}
