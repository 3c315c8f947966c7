import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { loadOrReload } from '../app/new-files.ts'
import { readStored, writeStored } from '../app/stored-choice.ts'
import type { Messages } from './message-shape.ts'
import { LANGUAGES, type Language, loadMessages } from './messages.ts'

interface LanguageState {
  readonly language: Language
  readonly messages: Messages
  /** Applied without a reload; input is kept. */
  readonly choose: (language: Language) => void
}

const LanguageContext = createContext<LanguageState | undefined>(undefined)
const KEY = 'holdfast-language'

/** The stored choice, otherwise the first supported language of the browser. */
export function preferredLanguage(): Language {
  const wanted = [readStored(KEY) ?? '', ...navigator.languages].map((it) => it.slice(0, 2).toLowerCase())
  return wanted.map((it) => LANGUAGES.find((language) => language === it)).find((it) => it !== undefined) ?? 'en'
}

export function storeLanguage(language: Language): void {
  writeStored(KEY, language)
}

export function LanguageProvider({ first, children }: { first: Omit<LanguageState, 'choose'>; children: ReactNode }) {
  const [current, setCurrent] = useState(first)
  const choose = useCallback((language: Language) => {
    storeLanguage(language)
    void loadOrReload(() => loadMessages(language)).then(
      (messages) => setCurrent({ language, messages }),
      // What can be done is shown then.
      () => location.reload(),
    )
  }, [])
  useEffect(() => {
    document.documentElement.lang = current.language
  }, [current.language])
  const value = useMemo(() => ({ ...current, choose }), [current, choose])
  return <LanguageContext value={value}>{children}</LanguageContext>
}

export function useLanguage(): LanguageState {
  const current = useContext(LanguageContext)
  if (current === undefined) throw new Error('no language')
  return current
}

/** The messages in the selected language. */
export function useMessages(): Messages {
  return useLanguage().messages
}
