import type { LogLanguage } from '../../plan/run-logs.ts'
import type { LogTexts } from './log-texts.ts'
import { ENGLISH } from './texts-en.ts'
import { RUSSIAN } from './texts-ru.ts'

const LANGUAGES: Readonly<Record<LogLanguage, LogTexts>> = { en: ENGLISH, ru: RUSSIAN }

export function textsIn(language: LogLanguage): LogTexts {
  return LANGUAGES[language]
}

/** What the environment asks for, as gettext(3) reads it; English for every language that there are no texts in. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): LogLanguage {
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((it) => it !== undefined && it !== '')
  return /^ru(?:$|[_.@-])/iu.test(locale ?? '') ? 'ru' : 'en'
}
