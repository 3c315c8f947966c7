import { useState } from 'react'
import type { Config } from '../../../../src/api/schema/config.ts'

/** The file as the server sent it, with the tag of this version. */
export interface ReadFile {
  readonly config: Config
  readonly etag: string
}

export interface EditedText {
  /** The version that the text is based on. */
  readonly base: ReadFile
  readonly text: string
  readonly isChanged: boolean
  /** Whether there is a newer version than the one that the edited text is based on. */
  readonly isOutdated: boolean
  readonly setText: (text: string) => void
  /** Keeps the text, but compares it with this version, and replaces this one when it is written. */
  readonly rebase: (file: ReadFile) => void
  /** After this text was written: what was typed meanwhile stays. */
  readonly written: (text: string, file: ReadFile) => void
}

/** The text of the file. A newer version replaces it, unless it was edited: what was typed is never lost. */
export function useEditedText(file: ReadFile): EditedText {
  const [base, setBase] = useState(file)
  const [text, setText] = useState(file.config.text)
  const isChanged = text !== base.config.text
  if (file.etag !== base.etag && !isChanged) {
    setBase(file)
    setText(file.config.text)
  }
  return {
    ...{ base, text, isChanged, setText, rebase: setBase },
    isOutdated: isChanged && file.etag !== base.etag,
    written(sent, next) {
      setBase(next)
      setText((now) => (now === sent ? next.config.text : now))
    },
  }
}
