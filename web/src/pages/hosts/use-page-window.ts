import { type RefObject, useEffect, useRef, useState } from 'react'

interface PageWindow {
  /** For the element with the height of all rows. */
  readonly ref: RefObject<HTMLDivElement | null>
  readonly first: number
  readonly last: number
}

const EXTRA = 8

/** The range of rows of equal height that is visible while the page scrolls, and a few more. */
export function usePageWindow(count: number, rowHeight: number): PageWindow {
  const ref = useRef<HTMLDivElement>(null)
  const [range, setRange] = useState({ first: 0, last: 40 })
  useEffect(() => {
    let frame = 0
    const measure = () => {
      frame = 0
      const top = ref.current?.getBoundingClientRect().top ?? 0
      const first = Math.max(0, Math.floor(-top / rowHeight) - EXTRA)
      const last = Math.max(0, Math.ceil((innerHeight - top) / rowHeight) + EXTRA)
      setRange((now) => (now.first === first && now.last === last ? now : { first, last }))
    }
    const later = () => {
      frame ||= requestAnimationFrame(measure)
    }
    measure()
    addEventListener('scroll', later, { passive: true })
    addEventListener('resize', later)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', later)
      removeEventListener('resize', later)
    }
  }, [rowHeight])
  return { ref, first: Math.min(range.first, Math.max(0, count - 1)), last: Math.min(range.last, count) }
}
