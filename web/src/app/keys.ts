import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

/** The time limit for the second key of `g h`. */
const PAIR_MS = 1500

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName))
}

/** Moves the focus between the rows of the page; to the first row if none has it. Rows outside the window are rendered as the focus moves. */
function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const seen = rows.findIndex((it) => it.getBoundingClientRect().top >= 56)
  const next = at < 0 ? rows[Math.max(0, seen)] : rows[at + by]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}

function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>('[data-search]')
  search?.focus()
  search?.select()
  return search !== null
}

type KeyAction = () => boolean

interface KeyActions {
  readonly single: Readonly<Record<string, KeyAction>>
  /** The keys that follow a `g`. */
  readonly afterG: Readonly<Record<string, KeyAction>>
}

/** The Latin letter of the key, also with a Cyrillic or other layout, which has none. */
function letterOf({ key, code }: KeyboardEvent): string {
  const isForeign = key.length === 1 && key > '\u007f'
  return (isForeign && /^Key(?<letter>[A-Z])$/u.exec(code)?.groups?.['letter']?.toLowerCase()) || key
}

function isForPage(event: KeyboardEvent): boolean {
  const isCommand = event.ctrlKey || event.metaKey || event.altKey || event.isComposing
  return !isCommand && document.querySelector('dialog[open]') === null
}

/** The keys of all pages: `/ j k g h g s ?`. `Enter` opens the focused link, as in any page. */
export function useKeys(onHelp: () => void): void {
  const navigate = useNavigate()
  useEffect(() => {
    const done = (act: () => unknown) => () => {
      void act()
      return true
    }
    return listenForKeys({
      single: { '/': focusSearch, j: done(() => moveRow(1)), k: done(() => moveRow(-1)), '?': done(onHelp) },
      afterG: { h: done(() => navigate({ to: '/' })), s: done(() => navigate({ href: './schedules' })) },
    })
  }, [navigate, onHelp])
}

function listenForKeys({ single, afterG }: KeyActions): () => void {
  let pairUntil = 0
  const press = (event: KeyboardEvent) => {
    if (!isForPage(event)) return
    if (isTyping(event.target)) {
      if (event.key === 'Escape') (event.target as HTMLElement).blur()
      return
    }
    const isPair = event.timeStamp < pairUntil
    const key = letterOf(event)
    pairUntil = key === 'g' && !isPair ? event.timeStamp + PAIR_MS : 0
    const action = (isPair ? afterG : single)[key]
    if (action?.()) event.preventDefault()
  }
  addEventListener('keydown', press)
  return () => removeEventListener('keydown', press)
}
