import { type RefObject, useRef } from 'react'
import type { ConfigIssue } from '../../../../src/api/schema/config.ts'

interface AreaProps {
  readonly text: string
  readonly onChange: (text: string) => void
  readonly issues: readonly ConfigIssue[]
  readonly area: RefObject<HTMLTextAreaElement | null>
  readonly isFixed: boolean
  readonly label: string
}

/** A text with line numbers; lines with errors are marked. The tabulator key moves the focus, as in any page. */
export function CodeArea({ text, onChange, issues, area, isFixed, label }: AreaProps) {
  const gutter = useRef<HTMLDivElement>(null)
  const worst = new Map<number, ConfigIssue['severity']>()
  for (const { line, severity } of issues) {
    if (line !== null && worst.get(line) !== 'error') worst.set(line, severity)
  }
  const count = text.split('\n').length
  return (
    <div className="code-area">
      <div className="gutter" ref={gutter} aria-hidden="true">
        {Array.from({ length: count }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <span key={index} className={worst.get(index + 1)}>
            {index + 1}
          </span>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        value={text}
        wrap="off"
        rows={Math.min(32, Math.max(12, count + 1))}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        readOnly={isFixed}
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop
        }}
      />
    </div>
  )
}

/** Selects a line, and scrolls to it. */
export function goToLine(area: HTMLTextAreaElement | null, line: number): void {
  if (!area) return
  const lines = area.value.split('\n')
  const start = lines.slice(0, line - 1).reduce((sum, it) => sum + it.length + 1, 0)
  area.focus()
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
  area.scrollTop = Math.max(0, (area.scrollHeight / lines.length) * (line - 4))
}
