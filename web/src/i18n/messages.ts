import type { messages } from './en/index.ts'

/** A message is a text, or a function that returns one. */
type Loose<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof T]: Loose<T[Key]> }

export type Messages = Loose<typeof messages>

export type Language = 'en' | 'ru'
export const LANGUAGES: readonly Language[] = ['en', 'ru']

/** The name of each language in that language. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', ru: 'Русский' }

/** Only the selected language is loaded. */
export async function loadMessages(language: Language): Promise<Messages> {
  const table = language === 'ru' ? await import('./ru/index.ts') : await import('./en/index.ts')
  return table.messages
}
