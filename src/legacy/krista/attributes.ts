import { didYouMean, quoted } from '../../lib/quoted.ts'
import type { PatternList } from '../../plan/patterns/compile-patterns.ts'
import type { Tracked } from './distinct-report.ts'
import { splitWords } from './shell-words.ts'
import { describeValue, isNull, itemsOf, type Value } from './yaml/value.ts'

/** The merged keys of one action, read as by the ancestor's code: without a schema, by the Python type of each value. */
export interface Attributes {
  readonly name: string
  /** Its own record. */
  readonly at: Value
  readonly report: Tracked
  /** Also absent if there is nothing after the colon. */
  value(key: string): Value | undefined
  /** Truth values as in Python: a nonempty string is true, whatever its contents. */
  flag(key: string, fallback: boolean): boolean
  /** Numbers and booleans in the form of Python. Reports a list or mapping. */
  text(key: string): string | undefined
  /** Whole numbers, also as strings. Reports anything else, and numbers below `least`. */
  number(key: string, least: number): number | undefined
  /** A list, or a string with commas between the items. Empty if the key is missing. */
  list(key: string): readonly string[]
  /** The words of options, split as by a shell. */
  words(key: string): readonly string[] | undefined
}

export function openAttributes(name: string, at: Value, all: ReadonlyMap<string, Value>, report: Tracked): Attributes {
  const value = (key: string) => {
    const found = all.get(key)
    return found && !isNull(found) ? found : undefined
  }
  const text = (key: string) => {
    const found = value(key)
    return found && textOf(found, report)
  }
  return {
    name,
    at,
    report,
    value,
    text,
    flag: (key, fallback) => {
      const found = all.get(key)
      return found ? booleanOf(found, report) : fallback
    },
    number: (key, least) => {
      const found = value(key)
      return found && numberOf(found, least, report)
    },
    list: (key) => {
      const found = value(key)
      return found ? listOf(found, report) : []
    },
    words: (key) => {
      const words = splitWords(text(key) ?? '')
      const found = value(key)
      if (words.kind === 'words') return found ? words.words : undefined
      return found && report.error(found, words.message, 'Write the words as plain text; put words that contain spaces in quotes.')
    },
  }
}

const NEGATIVE_WORD = /^(?:false|no|off|n|0|none|null)$/iu

/** Whether Python treats the value as true. */
function booleanOf(value: Value, report: Tracked): boolean {
  const { node } = value
  if (node.kind === 'map') return node.members.size > 0
  if (node.kind === 'list') return node.items.length > 0
  if (node.type === 'null') return false
  if (node.type === 'bool') return node.text === 'True'
  if (node.type === 'int' || node.type === 'float') return !/^-?0(?:\.0)?$/u.test(node.text)
  if (node.text === '') return false
  const wants = NEGATIVE_WORD.test(node.text) ? 'If false is meant, write it without quotes.' : 'Write true or false, without quotes.'
  report.warn(value, `the string ${quoted(node.text)} is treated as true`, wants)
  return true
}

/** The text of a scalar like Python's `str`. Reports a list or mapping. */
export function textOf(value: Value, report: Tracked): string | undefined {
  const { node } = value
  if (node.kind !== 'scalar') return report.error(value, `expected a string, found ${describeValue(value)}`, 'Write one string.')
  if (node.type === 'bool')
    report.warn(value, `${quoted(node.source)} is read as a boolean and used as the string "${node.text}"`, 'If the word is meant, put it in quotes.')
  if (node.text.includes('\0')) return report.error(value, 'the value contains a NUL character', 'Remove it.')
  return node.text
}

function numberOf(value: Value, least: number, report: Tracked): number | undefined {
  const { node } = value
  const text = node.kind === 'scalar' && node.type !== 'null' ? (node.type === 'bool' ? String(Number(node.text === 'True')) : node.text.trim()) : ''
  const found = /^[-+]?\d+(?:\.0)?$/u.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(found)) return report.error(value, `expected a whole number, found ${shown(value)}`, 'Write digits only.')
  if (found < least) return report.error(value, `expected a number of at least ${least}, found ${found}`, 'Write a larger number.')
  return found
}

function shown(value: Value): string {
  const { node } = value
  if (node.kind !== 'scalar' || node.type === 'null') return describeValue(value)
  return node.type === 'str' ? quoted(node.text) : node.source
}

/** Reads a list of strings, as a list or with commas. */
export function listOf(value: Value, report: Tracked): readonly string[] {
  if (value.node.kind === 'list') return itemsOf(value).flatMap((item) => textOf(item, report) ?? [])
  const text = textOf(value, report)?.trim() ?? ''
  if (/["'\\]/u.test(text) && text.includes(','))
    report.warn(value, 'the string is split at every comma, also inside quotes', 'Write a list, each item on its own line after a dash.')
  return text === '' ? [] : text.split(',').map((it) => it.trim())
}

/** "Did you mean …?", otherwise the valid names. */
export function near(guess: string | undefined, names: Iterable<string>, title: string): string {
  const all = [...names]
  const shownNames = all.length > 20 ? `${all.slice(0, 20).join(', ')}, …` : all.join(', ')
  return didYouMean(guess) ?? (all.length === 0 ? `No ${title} are defined.` : `Valid ${title}: ${shownNames}.`)
}

/** The patterns of "exclusions", in the configured language. */
export function patternsOf(attributes: Attributes): PatternList {
  const language = attributes.flag('use_re_in_patterns', false) ? 'regex' : 'shell'
  // An empty pattern matches no file.
  const patterns = attributes.list('exclusions').flatMap((it) => (it.trim() === '' ? [] : [it.trim()]))
  return { language, patterns }
}
