import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { readModule } from './read-module.ts'

/** Packages that the pages may use; all else would come to every browser. */
const packages = ['react', 'react-dom/client', '@tanstack/react-query', '@tanstack/react-router']
/** What describes the API: its types alone, for the schemas are large. */
const described = ['src/api/schema/', 'src/api/routes/']
/** Ways for a text to become more than a text. */
const unsafe = new Set([
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'dangerouslySetInnerHTML',
  'srcDoc',
  'srcdoc',
  'createContextualFragment',
  'parseFromString',
  'eval',
  'Function',
])
/** Attributes that are read. */
const READ_ALOUD = new Set(['title', 'alt', 'placeholder', 'label', 'aria-label', 'aria-description', 'aria-roledescription'])
/** What is called the same in every language. */
const names = new Set(['Holdfast', '/'])

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

/** Judges the pages below `root/web/src`: what they import, that a text stays a text, and that every text of theirs is in the table of messages. */
export function checkPages(root: string): readonly string[] {
  return globSync('web/src/**/*.{ts,tsx}', { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      return [...importFindings(file, text), ...treeFindings(file, text)]
    })
}

function importFindings(file: string, text: string): string[] {
  return readModule(file, text).imports.flatMap(({ specifier, typesOnly, line }) => {
    const at = `${file}:${line}`
    if (specifier === undefined) return [`${at}: the target of this import() is computed, so nobody can judge it`]
    if (!specifier.startsWith('.'))
      return packages.includes(specifier) || typesOnly ? [] : [`${at}: the pages may not use the package "${specifier}"`]
    const target = join(dirname(file), specifier)
    if (target.startsWith('web/src/')) return []
    if (!described.some((it) => target.startsWith(it))) return [`${at}: the pages may not import "${target}"`]
    return typesOnly ? [] : [`${at}: the pages may import types of "${target}", and nothing else: write "import type"`]
  })
}

function treeFindings(file: string, text: string): string[] {
  const findings: string[] = []
  const tell = (node: Node, what: string) => findings.push(`${file}:${text.slice(0, node.start).split('\n').length}: ${what}`)
  const visit = (node: Node): void => {
    const name = nameOf(node)
    if (name !== undefined && unsafe.has(name)) tell(node, `"${name}": a text must stay a text`)
    const said = saidBy(node)
    if (said !== undefined) tell(node, `"${said}": texts are in web/src/i18n`)
    for (const child of childrenOf(node)) visit(child)
  }
  visit(parseSync(file, text).program as unknown as Node)
  return findings
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' || node.type === 'JSXIdentifier' ? String(node['name']) : undefined
}

/** A text with letters that a reader would see. */
function saidBy(node: Node): string | undefined {
  const value = node.type === 'JSXText' ? node['value'] : literalIn(node)
  if (typeof value !== 'string') return undefined
  const said = value.trim()
  return /\p{L}/u.test(said) && !names.has(said) ? said : undefined
}

function literalIn(node: Node): unknown {
  if (node.type === 'JSXAttribute') {
    const name = node['name'] as Node
    const value = node['value'] as Node | null
    return READ_ALOUD.has(String(name['name'])) && value?.type === 'Literal' ? value['value'] : undefined
  }
  if (node.type !== 'JSXElement' && node.type !== 'JSXFragment') return undefined
  const held = (node['children'] as Node[]).find((it) => it.type === 'JSXExpressionContainer' && (it['expression'] as Node).type === 'Literal')
  return held ? (held['expression'] as Node)['value'] : undefined
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}
