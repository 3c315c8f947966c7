import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Browsers limit the height of an element to about 17 million pixels; two million lines require forty. */
const MAX_PIXELS = 8_000_000

interface LongScroll {
  readonly ref: RefObject<HTMLDivElement | null>
  /** The height of the scrolled element. */
  readonly spacer: number
  /** The position in pixels that all lines would have without the limit. */
  readonly top: number
  readonly height: number
  readonly scrollTo: (top: number) => void
  readonly isAtEnd: boolean
}

/**
 * Scrolls content of any height. Small movements scroll by the same number of pixels; if the height exceeds the limit of browsers, the scroll bar is
 * adjusted when scrolling has stopped. A jump goes to the position of the scroll bar.
 */
export function useLongScroll(total: number, isAtEndAtFirst: boolean): LongScroll {
  const ref = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(480)
  const spacer = Math.min(total, MAX_PIXELS)
  const most = Math.max(0, total - height)
  const mostBar = Math.max(0, spacer - height)
  const state = useRef({ top: 0, bar: 0, isAtEnd: isAtEndAtFirst })
  const barOf = useCallback((at: number) => (most === mostBar || most === 0 ? at : Math.round((at / most) * mostBar)), [most, mostBar])

  const scrollTo = useCallback(
    (wanted: number) => {
      const next = Math.max(0, Math.min(wanted, most))
      const bar = barOf(next)
      state.current = { top: next, bar, isAtEnd: next >= most - 1 }
      setTop(next)
      if (!ref.current) return
      ref.current.scrollTop = bar
      // The browser can limit the position: its event is no movement by the reader.
      state.current.bar = ref.current.scrollTop
    },
    [most, barOf],
  )

  useEffect(() => {
    const element = ref.current
    if (!element) return
    let rest: ReturnType<typeof setTimeout> | undefined
    const scrolled = () => {
      const bar = element.scrollTop
      const by = bar - state.current.bar
      // The event that follows a position set by the program.
      if (Math.abs(by) < 1) return
      // The current height: the browser also limits the position when the element has grown, and a reader at the end remains there.
      const now = { most: Math.max(0, total - element.clientHeight), mostBar: Math.max(0, spacer - element.clientHeight) }
      const next = placeAfter({ bar, by, top: state.current.top, height: element.clientHeight, ...now })
      state.current = { top: next, bar, isAtEnd: next >= now.most - 2 }
      setTop(next)
      clearTimeout(rest)
      if (now.most !== now.mostBar) rest = setTimeout(() => scrollTo(state.current.top), 150)
    }
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      clearTimeout(rest)
      element.removeEventListener('scroll', scrolled)
    }
  }, [total, spacer, scrollTo])

  useEffect(() => {
    const element = ref.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  // New lines: a reader at the end remains at the end.
  useLayoutEffect(() => {
    if (state.current.isAtEnd) scrollTo(most)
  }, [most, scrollTo])

  return { ref, spacer, top: Math.min(top, most), height, scrollTo, isAtEnd: state.current.isAtEnd }
}

interface Moved {
  readonly bar: number
  readonly by: number
  readonly top: number
  readonly most: number
  readonly mostBar: number
  readonly height: number
}

function placeAfter({ bar, by, top, most, mostBar, height }: Moved): number {
  if (bar <= 0) return 0
  if (bar >= mostBar - 1) return most
  if (most === mostBar) return bar
  const isStep = Math.abs(by) < 2 * height
  return isStep ? Math.max(0, Math.min(top + by, most)) : (bar / mostBar) * most
}
