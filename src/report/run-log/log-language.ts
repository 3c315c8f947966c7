import type { LogLanguage } from '../../plan/run-logs.ts'
import type { LogTexts } from './log-texts.ts'
import { ENGLISH } from './texts-en.ts'
import { RUSSIAN } from './texts-ru.ts'

const LANGUAGES: Readonly<Record<LogLanguage, LogTexts>> = { en: ENGLISH, ru: RUSSIAN }

export function textsIn(language: LogLanguage): LogTexts {
  return LANGUAGES[language]
}

/** The language in the environment, as evaluated by gettext(3); English for all unsupported languages. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): LogLanguage {
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((it) => it !== undefined && it !== '')
  return /^ru(?:$|[_.@-])/iu.test(locale ?? '') ? 'ru' : 'en'
}
