import { useEffect } from 'react'
import { useTyped } from './form/use-typed.ts'

interface SearchBoxProps {
  readonly value: string
  readonly label: string
  readonly onSearch: (text: string) => void
  /** Called for Enter, backwards with the shift key, if the text is already the search. */
  readonly onEnter?: (isBack: boolean) => void
}

/** Searches shortly after the last key press. The key `/` moves the focus here. */
export function SearchBox({ value, label, onSearch, onEnter }: SearchBoxProps) {
  const { text, type, send, isSent } = useTyped(value, onSearch)
  useEffect(() => {
    if (isSent(text)) return
    const timer = setTimeout(() => send(text), 200)
    return () => clearTimeout(timer)
  }, [text, send, isSent])
  return (
    <label className="search">
      <span className="unseen">{label}</span>
      <input
        className="input"
        type="search"
        data-search
        value={text}
        placeholder={label}
        maxLength={256}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !isSent(text)) send(text)
          else if (event.key === 'Enter') onEnter?.(event.shiftKey)
          if (event.key === 'Escape' && text !== '') {
            event.stopPropagation()
            send('')
          }
        }}
      />
      <span className="kbd" aria-hidden="true">
        {'/'}
      </span>
    </label>
  )
}
