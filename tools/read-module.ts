import { parseSync } from 'oxc-parser'

/** One import of a module, in any form: a statement, a re-export, `import()`, `require`, `import('…').T` in a type. */
export interface ModuleImport {
  /** As written. Undefined if it is computed. */
  readonly specifier: string | undefined
  /** Erased before it runs: `import type`, `export type … from`, `import('…').T`. An `import { type T }` remains, and counts as a value. */
  readonly typesOnly: boolean
  /** The imported values, by their names in the module; `*` for all. */
  readonly names: readonly string[]
  readonly line: number
}

/** One use of a global that may be restricted: `process.exit`, `new Date`, `console`; or of a whole global: `process`. */
export interface GlobalUse {
  readonly name: string
  readonly line: number
}

export interface ModuleFacts {
  readonly imports: readonly ModuleImport[]
  readonly uses: readonly GlobalUse[]
  /** The error of the parser; empty if there was none. */
  readonly errors: readonly string[]
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

const watched = new Set(['process', 'console', 'Date', 'globalThis', 'global', 'eval', 'require'])
// These have "TS" in their names and contain code that runs; all others with "TS" are erased.
const running = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSInstantiationExpression',
  'TSTypeAssertion',
  'TSEnumDeclaration',
])
const keyed = new Set(['Property', 'PropertyDefinition', 'MethodDefinition', 'AccessorProperty'])

/** The imports and restricted globals of a TypeScript module, by its syntax tree: comments and strings have no effect. */
export function readModule(file: string, text: string): ModuleFacts {
  const parsed = parseSync(file, text)
  const imports: ModuleImport[] = []
  const uses: GlobalUse[] = []
  const lineOf = (node: Node) => text.slice(0, node.start).split('\n').length

  const visit = (node: Node, erased: boolean): void => {
    const found = importOf(node)
    if (found) imports.push({ ...found, line: lineOf(node) })
    const inType = erased || (node.type.startsWith('TS') && !running.has(node.type))
    const use = inType ? undefined : useOf(node)
    if (use) uses.push({ name: use, line: lineOf(node) })
    if (use && node.type !== 'CallExpression' && node.type !== 'NewExpression') return
    for (const child of childrenOf(node, use !== undefined)) visit(child, inType)
  }
  visit(parsed.program as unknown as Node, false)
  return { imports, uses, errors: parsed.errors.map((it) => it.message) }
}

function importOf(node: Node): Omit<ModuleImport, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: textOf(node['source']), typesOnly: node['importKind'] === 'type', names: importedNames(node) }
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return node['source'] ? { specifier: textOf(node['source']), typesOnly: node['exportKind'] === 'type', names: ['*'] } : undefined
    case 'ImportExpression':
      return { specifier: textOf(node['source']), typesOnly: false, names: ['*'] }
    case 'TSImportType':
      return { specifier: textOf(node['source']), typesOnly: true, names: [] }
    case 'TSExternalModuleReference':
      return { specifier: textOf(node['expression']), typesOnly: false, names: ['*'] }
    default:
      return undefined
  }
}

function importedNames(node: Node): readonly string[] {
  const specifiers = (node['specifiers'] as readonly Node[]).filter((it) => it['importKind'] !== 'type')
  return specifiers.map((it) => {
    const imported = it['imported']
    if (it.type !== 'ImportSpecifier' || !isNode(imported)) return '*'
    return String(imported['name'] ?? imported['value'])
  })
}

function textOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  // A template without substitutions is equivalent to a string.
  const quasis = node['quasis']
  if (node.type !== 'TemplateLiteral' || !Array.isArray(quasis) || quasis.length !== 1) return undefined
  return (quasis[0] as { value: { cooked: string } }).value.cooked
}

function useOf(node: Node): string | undefined {
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const bare = isEmpty(node['arguments']) || node.type === 'CallExpression'
    return bare && globalName(node['callee']) === 'Date' ? 'new Date' : undefined
  }
  return globalName(node)
}

/** `process.exit`, also as `process['exit']`, `process?.exit`, `globalThis.process.exit`; `process` if it is used alone or its member is computed. */
function globalName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return watched.has(String(node['name'])) ? String(node['name']) : undefined
  // The other kind, new.target, is a MetaProperty, too.
  if (node.type === 'MetaProperty') return String((node['meta'] as Node)['name']) === 'import' ? 'import.meta' : undefined
  return node.type === 'MemberExpression' ? memberName(node) : undefined
}

function memberName(node: Node): string | undefined {
  const object = globalName(node['object'])
  if (object === undefined) return undefined
  const property = node['property'] as Node
  const member = node['computed'] === true ? textOf(property) : String(property['name'])
  if (object === 'globalThis' || object === 'global') return member !== undefined && watched.has(member) ? member : undefined
  if (member === undefined || (object.includes('.') && object !== 'import.meta')) return object
  return `${object}.${member}`
}

function childrenOf(node: Node, dateCall: boolean): Node[] {
  const skipKey = (keyed.has(node.type) || node.type.startsWith('TS')) && node['computed'] !== true
  return Object.entries(node).flatMap(([field, value]) => {
    if (field === 'key' && skipKey) return []
    if (field === 'property' && node.type === 'MemberExpression' && node['computed'] !== true) return []
    if (field === 'callee' && dateCall) return []
    return (Array.isArray(value) ? value : [value]).filter(isNode)
  })
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
