import { useLanguage } from '../i18n/language.tsx'
import { LANGUAGES, languageNames } from '../i18n/messages.ts'

/** A switch to the other language, labelled with its own name. */
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
