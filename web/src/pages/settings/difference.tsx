import { useMessages } from '../../i18n/language.tsx'
import { diffLines } from './diff-lines.ts'

const SIGNS = { same: ' ', added: '+', removed: '-' } as const

/** The lines that differ, with a few lines of context. Marked by signs and words, not only by colours. */
export function Difference({ before, after }: { before: string; after: string }) {
  const { settings } = useMessages()
  const parts = diffLines(before, after)
  if (parts.length === 0) return <p className="muted">{settings.same}</p>
  const added = parts.flatMap((it) => it.lines).filter(({ kind }) => kind === 'added').length
  const removed = parts.flatMap((it) => it.lines).filter(({ kind }) => kind === 'removed').length
  return (
    <figure className="difference">
      <figcaption className="small muted">{settings.changes(added, removed)}</figcaption>
      <pre tabIndex={0}>
        {parts.map((part) => (
          <span key={part.from} className="diff-part">
            <span className="muted">{`@ ${part.from}\n`}</span>
            {part.lines.map(({ kind, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
              <span key={index} className={kind}>
                {`${SIGNS[kind]} ${text}\n`}
              </span>
            ))}
          </span>
        ))}
      </pre>
    </figure>
  )
}
