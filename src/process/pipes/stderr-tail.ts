import { StringDecoder } from 'node:string_decoder'
import type { Redactor } from '../../lib/redactor/redactor.ts'
import { type PipeReader, readPipe } from './pipe-reader.ts'

const KEPT_BYTES = 8 * 1024

/** Reads a child's stderr from its pipe and keeps the last 8 KiB, without secrets. */
export interface StderrTail {
  readonly pipe: PipeReader
  /** The kept bytes as text; invalid UTF-8 becomes replacement characters. */
  text(): string
}

export interface KeepStderr {
  /** Hides secrets here, where bytes become text, before anything is cut off or passed on. */
  readonly redactor: Redactor
  /** Receives the text as it is written, without secrets; what may be the beginning of one, later. */
  readonly onText?: ((text: string) => void) | undefined
  /** Receives the text as it is written, with secrets. */
  readonly onRaw?: ((text: string) => void) | undefined
}

export function keepStderr(keeperFd: number, { redactor, onText, onRaw }: KeepStderr): StderrTail {
  const decoder = new StringDecoder('utf8')
  const pieces = redactor.pieces()
  let kept = ''
  const take = (text: string) => {
    kept = text.length >= KEPT_BYTES ? text.slice(-KEPT_BYTES) : (kept + text).slice(-KEPT_BYTES)
    if (text !== '') onText?.(text)
  }
  const pipe = readPipe(keeperFd, (chunk) => {
    const text = decoder.write(chunk)
    onRaw?.(text)
    take(pieces.write(text))
  })
  return {
    pipe: {
      ...pipe,
      get closed() {
        return pipe.closed
      },
      stop() {
        pipe.stop()
        take(pieces.end())
      },
    },
    text: () => lastBytes(kept + pieces.held()),
  }
}

function lastBytes(text: string): string {
  return Buffer.byteLength(text) <= KEPT_BYTES ? text : Buffer.from(text).subarray(-KEPT_BYTES).toString('utf8')
}
