import { printableLines } from '../../lib/format.ts'
import type { Message } from '../message.ts'

/**
 * The message with nothing in it that a viewer would interpret, reorder or hide: names of files and databases and what programs say come from others.
 * Line breaks and tabs stay.
 */
export function printableMessage(message: Message): Message {
  return printableIn(message) as Message
}

function printableIn(value: unknown): unknown {
  if (typeof value === 'string') return printableLines(value)
  if (Array.isArray(value)) return value.map(printableIn)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [printableLines(key), printableIn(it)]))
}
