/** The text of an input whose value is in the address, and what was sent to the address and is not in it yet, in order. */
export interface Typed {
  readonly text: string
  readonly sent: readonly string[]
  /** What the address contains once it has all that was sent. */
  readonly wanted: string
}

export function typedFirst(value: string): Typed {
  return { text: value, sent: [], wanted: value }
}

export function sending(typed: Typed, text: string): Typed {
  return { text, sent: [...typed.sent, text], wanted: text }
}

/** After the address has changed: what was sent from here does not replace what was typed since; any other value, for example of a link, does. */
export function afterAddress(typed: Typed, value: string): Typed {
  const at = typed.sent.indexOf(value)
  return at === -1 ? typedFirst(value) : { ...typed, sent: typed.sent.slice(at + 1) }
}
