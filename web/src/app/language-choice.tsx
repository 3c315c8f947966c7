import { useLanguage } from '../i18n/language.tsx'
import { LANGUAGES, languageNames } from '../i18n/messages.ts'

/** The other language by its own name, and back. */
export function LanguageChoice() {
  const { language, choose, messages } = useLanguage()
  const other = LANGUAGES.find((it) => it !== language) ?? 'en'
  return (
    <button
      type="button"
      className="button plain small"
      lang={other}
      onClick={() => choose(other)}
      aria-label={`${messages.shell.language}: ${languageNames[other]}`}
    >
      {languageNames[other]}
    </button>
  )
}
