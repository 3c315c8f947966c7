import { messages as english } from '../../web/src/i18n/en/index.ts'
import { messages as russian } from '../../web/src/i18n/ru/index.ts'

const TABLES = { en: english, ru: russian }

/** Whether a text on a page, without the data in it, is one of the messages of this language that the other language does not have. */
export function textsOf(language: keyof typeof TABLES): (text: string) => boolean {
  const other = TABLES[language === 'en' ? 'ru' : 'en']
  const [whole, parts] = [new Set(wholesIn(TABLES[language])), partsIn(TABLES[language])]
  for (const text of wholesIn(other)) whole.delete(text)
  const own = parts.filter((it) => !partsIn(other).includes(it))
  return (text) => whole.has(text.trim()) || own.some((it) => text.includes(it))
}

/** The messages without parameters. */
function wholesIn(table: unknown): readonly string[] {
  if (typeof table === 'string') return [table]
  return typeof table === 'object' && table !== null ? Object.values(table).flatMap(wholesIn) : []
}

/** What the messages with parameters consist of beside their values: at least two words. */
function partsIn(table: unknown): readonly string[] {
  if (typeof table === 'function') return partsOf(table as (...values: readonly unknown[]) => unknown)
  return typeof table === 'object' && table !== null ? Object.values(table).flatMap(partsIn) : []
}

function partsOf(message: (...values: readonly unknown[]) => unknown): readonly string[] {
  try {
    const text = message(...Array.from({ length: message.length }, () => 7))
    if (typeof text !== 'string') return []
    return text.split(/7|undefined/u).filter((it) => /\p{L}{2,}\P{L}+\p{L}{2,}/u.test(it))
  } catch {
    // Its parameters are of another kind.
    return []
  }
}
