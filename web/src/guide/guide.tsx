import { useMessages } from '../i18n/language.tsx'
import { Copy } from '../ui/copy.tsx'
import { type Block, parseGuide, type Span } from './parse-guide.ts'

/** Displays `RESTORE.md`; each block of commands can be copied. Its content is only rendered as text. */
export function Guide({ text }: { text: string }) {
  return (
    <article className="guide">
      {parseGuide(text).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change while it is shown
        <GuideBlock key={index} block={block} />
      ))}
    </article>
  )
}

function GuideBlock({ block }: { block: Block }) {
  const { set } = useMessages()
  if (block.kind === 'paragraph') return <p>{spansIn(block.spans)}</p>
  if (block.kind === 'code') {
    const note = block.info.includes('needs-key') ? set.needsKey : block.info.includes('needs-server') ? set.needsServer : undefined
    return (
      <div>
        {note !== undefined && <p className="small muted">{note}</p>}
        <Copy text={block.text} label={block.text.slice(0, 60)} />
      </div>
    )
  }
  if (block.kind === 'list') {
    return (
      <ul>
        {block.items.map((it, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change while it is shown
          <li key={index}>{spansIn(it)}</li>
        ))}
      </ul>
    )
  }
  // The page has a title, so the headings of the guide are one level lower.
  if (block.level <= 2) return <h2>{spansIn(block.spans)}</h2>
  return <h3>{spansIn(block.spans)}</h3>
}

function spansIn(spans: readonly Span[]) {
  return spans.map(({ kind, text }, index) => {
    const key = `${index} ${kind}`
    if (kind === 'code') return <code key={key}>{text}</code>
    if (kind === 'strong') return <strong key={key}>{text}</strong>
    return <span key={key}>{text}</span>
  })
}
