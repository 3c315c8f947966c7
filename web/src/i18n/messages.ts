import type { Messages } from './message-shape.ts'

export type Language = 'en' | 'ru'
export const LANGUAGES: readonly Language[] = ['en', 'ru']

/** The name of each language in that language. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', ru: 'Русский' }

/** Only the selected language is loaded. */
export async function loadMessages(language: Language): Promise<Messages> {
  const table = language === 'ru' ? await import('./ru/index.ts') : await import('./en/index.ts')
  return table.messages
}
