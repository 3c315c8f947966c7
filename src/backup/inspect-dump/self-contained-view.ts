const ACCOUNT = '(?:`[^`]*`|\'[^\']*\'|"[^"]*"|[\\w$]+)'
const HEAD = new RegExp(
  `^CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:ALGORITHM\\s*=\\s*\\w+\\s+)?(?:DEFINER\\s*=\\s*${ACCOUNT}(?:\\s*@\\s*${ACCOUNT})?\\s+)?(?:SQL\\s+SECURITY\\s+\\w+\\s+)?VIEW\\s+(?:\`[^\`]*\`|[\\w$]+)\\s*(?:\\([^()]*\\)\\s*)?AS\\s+(?=select\\b)`,
  'iu',
)
const DEFINER = new RegExp(`\\bDEFINER\\s*=\\s*${ACCOUNT}(?:\\s*@\\s*${ACCOUNT})?`, 'iu')
const VIEW_NAME = /\bVIEW\s+(?:`(?<quoted>[^`]*)`|(?<plain>[\w$]+))/iu
const TOKEN = /(?<name>`[^`]*`|"[^"]*"|[\w$\u0080-\uffff]+)|'[^']*'|\s+|[^\s]/giu
/** Sequence functions in the position of a column: they read or change something by name. */
const BY_NAME = /\b(?:NEXTVAL|LASTVAL|SETVAL|(?:NEXT|PREVIOUS)\s+VALUE)\b/iu
const TABLE_FOLLOWS = /^(?:FROM|JOIN|STRAIGHT_JOIN)$/iu
/** Reserved words only: any other word can be the alias of a table. */
const CLAUSE_ENDS = /^(?:SELECT|WHERE|GROUP|HAVING|ORDER|LIMIT|UNION)$/iu
/** Longer statements are truncated by the caller. */
const LONGEST = 64 * 1024

/** The position within a statement: inside a list of tables, and whether the next name is that of a table. */
interface TokenContext {
  isInTables: boolean
  isTableNext: boolean
}

/**
 * Whether a statement creates a view that uses only names of its own database, as written by SHOW CREATE VIEW for a dump: then it does not matter
 * whose privileges it uses. Anything not understood counts as not self-contained. Views with the privileges of the caller are treated the same way,
 * because the caller can be another view. The functions it uses must be checked separately, in the dump.
 */
export function isSelfContainedView(statement: string): boolean {
  const head = HEAD.exec(statement)
  if (head === null || statement.length > LONGEST) return false
  const body = statement.slice(head[0].length)
  return !BY_NAME.test(body) && staysInside(body)
}

/** The name of a view, and its clause with the definer; undefined if it has none. For statements that make a view of their own. */
export function definerOf(statement: string): { readonly name: string; readonly clause: string; readonly pattern: RegExp } | undefined {
  const head = HEAD.exec(statement)?.[0] ?? ''
  const clause = DEFINER.exec(head)?.[0]
  const { quoted, plain } = VIEW_NAME.exec(head)?.groups ?? {}
  const name = quoted ?? plain
  if (clause === undefined || name === undefined) return undefined
  const [text, it] = [clause, name].map((bytes) => Buffer.from(bytes, 'latin1').toString('utf8'))
  return { name: it ?? '', clause: text ?? '', pattern: DEFINER }
}

function staysInside(body: string): boolean {
  const tokens = [...body.matchAll(TOKEN)].filter(([text]) => text.trim() !== '')
  const texts = tokens.map(([text]) => text)
  const contexts: TokenContext[] = [{ isInTables: false, isTableNext: false }]
  for (let at = 0; at < texts.length; at += 1) {
    const context = contexts.at(-1)
    const text = texts[at] ?? ''
    if (context === undefined || text === '.') return false
    const isName = tokens[at]?.groups?.['name'] !== undefined
    if (isName && texts[at + 1] === '.') {
      if (context.isTableNext || !isColumn(texts.slice(at, at + 4))) return false
      at += 2
    } else moveOn(text, isName, contexts)
  }
  return contexts.length === 1
}

/**
 * Whether two names joined by a point, with the next token, are a column of a table, or a number; not a function, and not a column with a database.
 */
function isColumn([first = '', , second = '', after]: readonly string[]): boolean {
  if (after === '.' || after === '(') return false
  // A word of the language, or a number, before a point that belongs to it.
  if (TABLE_FOLLOWS.test(first) || CLAUSE_ENDS.test(first)) return false
  return !/^\d/u.test(first) || /^\d+$/u.test(second)
}

function moveOn(text: string, isName: boolean, contexts: TokenContext[]): void {
  const context = contexts.at(-1)
  if (context === undefined) return
  if (text === '(') contexts.push({ isInTables: context.isTableNext, isTableNext: context.isTableNext })
  else if (text === ')') {
    contexts.pop()
    const outer = contexts.at(-1)
    if (outer) outer.isTableNext = false
  } else if (text === ',') context.isTableNext = context.isInTables
  else if (TABLE_FOLLOWS.test(text)) Object.assign(context, { isInTables: true, isTableNext: true })
  else if (CLAUSE_ENDS.test(text)) Object.assign(context, { isInTables: false, isTableNext: false })
  else if (isName) context.isTableNext = false
}
