import { storeLanguage } from '../i18n/language.tsx'
import { LANGUAGES, type Language } from '../i18n/messages.ts'

// Not in the tables of the languages, which could not be loaded.
const TEXTS: Readonly<Record<Language, { readonly title: string; readonly hint: string; readonly reload: string }>> = {
  en: {
    title: 'Could not load the texts of these pages',
    hint: 'Reload the page. If this does not help, check the connection, restart the web server of Holdfast, or reinstall Holdfast.',
    reload: 'Reload in English',
  },
  ru: {
    title: 'Не удалось загрузить тексты этих страниц',
    hint: 'Перезагрузите страницу. Если это не поможет, проверьте соединение, перезапустите веб-сервер Holdfast или переустановите Holdfast.',
    reload: 'Перезагрузить на русском',
  },
}

/** Replaces all pages if there are no texts for them: in all languages, each with a button that reloads the page in it. */
export function NoTexts() {
  const reload = (language: Language) => {
    storeLanguage(language)
    location.reload()
  }
  return (
    <main className="gate">
      <div className="stack">
        {LANGUAGES.map((language) => (
          <section key={language} lang={language} className="problem" role="alert">
            <h1>{TEXTS[language].title}</h1>
            <p>{TEXTS[language].hint}</p>
            <button type="button" className="button" onClick={() => reload(language)}>
              {TEXTS[language].reload}
            </button>
          </section>
        ))}
      </div>
    </main>
  )
}
