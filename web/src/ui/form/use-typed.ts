import { useCallback, useEffect, useRef, useState } from 'react'
import { afterAddress, sending, type Typed, typedFirst } from './typed.ts'

interface TypedInput {
  readonly text: string
  /** Only shows it. */
  readonly type: (text: string) => void
  /** Shows it, and sends it to the address if that is to have another value. */
  readonly send: (text: string) => void
  /** Whether the address has this text, or will. */
  readonly isSent: (text: string) => boolean
}

/** An input whose value is in the address, which may follow late. */
export function useTyped(value: string, onSend: (text: string) => void): TypedInput {
  const [text, setText] = useState(value)
  const typed = useRef<Typed>(typedFirst(value))
  const latest = useRef(onSend)
  latest.current = onSend
  useEffect(() => {
    typed.current = afterAddress(typed.current, value)
    setText(typed.current.text)
  }, [value])
  const type = useCallback((next: string) => {
    typed.current = { ...typed.current, text: next }
    setText(next)
  }, [])
  const isSent = useCallback((it: string) => it === typed.current.wanted, [])
  const send = useCallback(
    (next: string) => {
      type(next)
      if (isSent(next)) return
      typed.current = sending(typed.current, next)
      latest.current(next)
    },
    [type, isSent],
  )
  return { text, type, send, isSent }
}
