import { SgrText } from './sgr-text.tsx'

/** The output of a program, with its colours. */
export function OutputText({ text }: { text: string }) {
  return (
    <pre className="output">
      {text
        .trimEnd()
        .split('\n')
        .map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and do not move
          <span key={index}>
            <SgrText text={line} />
            {'\n'}
          </span>
        ))}
    </pre>
  )
}
