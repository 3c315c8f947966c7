import { useRef, useState } from 'react'
import { useMessages } from '../i18n/language.tsx'

/** A command or a key to copy, also over plain http, where the clipboard API is not available. */
export function Copy({ text, label }: { text: string; label?: string }) {
  const { common } = useMessages()
  const code = useRef<HTMLElement>(null)
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    const isDone = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    )
    setCopied(isDone || copySelected(code.current))
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div className="copy">
      <code ref={code}>{text}</code>
      <button
        type="button"
        className="button small"
        onClick={() => void copy()}
        aria-label={label === undefined ? undefined : `${common.copy}: ${label}`}
      >
        {isCopied ? common.copied : common.copy}
      </button>
    </div>
  )
}

/** The legacy copy command of the browser for selected text. The text remains selected, for Ctrl+C. */
function copySelected(element: HTMLElement | null): boolean {
  const selection = getSelection()
  if (!element || !selection) return false
  selection.selectAllChildren(element)
  return document.execCommand('copy')
}
