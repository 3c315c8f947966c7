import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { readStored, writeStored } from '../app/stored-choice.ts'
import type { Messages } from './message-shape.ts'
import { LANGUAGES, type Language, loadMessages } from './messages.ts'

interface Spoken {
  readonly language: Language
  readonly messages: Messages
  /** Applied without a reload; input is kept. */
  readonly choose: (language: Language) => void
}

const SpokenContext = createContext<Spoken | undefined>(undefined)
const KEY = 'holdfast-language'

/** The stored choice, otherwise the first supported language of the browser. */
export function preferredLanguage(): Language {
  const wanted = [readStored(KEY) ?? '', ...navigator.languages].map((it) => it.slice(0, 2).toLowerCase())
  return wanted.map((it) => LANGUAGES.find((language) => language === it)).find((it) => it !== undefined) ?? 'en'
}

export function LanguageProvider({ first, children }: { first: Omit<Spoken, 'choose'>; children: ReactNode }) {
  const [spoken, setSpoken] = useState(first)
  const choose = useCallback((language: Language) => {
    writeStored(KEY, language)
    void loadMessages(language).then((messages) => setSpoken({ language, messages }))
  }, [])
  useEffect(() => {
    document.documentElement.lang = spoken.language
  }, [spoken.language])
  const value = useMemo(() => ({ ...spoken, choose }), [spoken, choose])
  return <SpokenContext value={value}>{children}</SpokenContext>
}

export function useLanguage(): Spoken {
  const spoken = useContext(SpokenContext)
  if (spoken === undefined) throw new Error('no language')
  return spoken
}

/** The messages in the selected language. */
export function useMessages(): Messages {
  return useLanguage().messages
}
