import { useEffect, useRef, useState } from 'react'

interface SearchBoxProps {
  readonly value: string
  readonly label: string
  readonly onSearch: (text: string) => void
  /** Called for Enter, backwards with the shift key, if the text is already the search. */
  readonly onEnter?: (isBack: boolean) => void
}

/** Searches shortly after the last key press. The key `/` moves the focus here. */
export function SearchBox({ value, label, onSearch, onEnter }: SearchBoxProps) {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  // A value other than the last one sent comes from the address, for example from a link. Any other value must not replace the input.
  useEffect(() => {
    if (value !== sent.current) setText(value)
    sent.current = value
  }, [value])
  const search = (wanted: string) => {
    sent.current = wanted
    onSearch(wanted)
  }
  const latest = useRef(search)
  latest.current = search
  useEffect(() => {
    if (text === sent.current) return
    const timer = setTimeout(() => latest.current(text), 200)
    return () => clearTimeout(timer)
  }, [text])
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
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && text !== sent.current) search(text)
          else if (event.key === 'Enter') onEnter?.(event.shiftKey)
          if (event.key === 'Escape' && text !== '') {
            event.stopPropagation()
            setText('')
            search('')
          }
        }}
      />
      <span className="kbd" aria-hidden="true">
        {'/'}
      </span>
    </label>
  )
}
