import { StringDecoder } from 'node:string_decoder'
import { type PipeReader, readPipe } from './pipe-reader.ts'

const KEPT_BYTES = 8 * 1024

/** Reads a child's stderr from its pipe and keeps the last 8 KiB. */
export interface StderrTail {
  readonly pipe: PipeReader
  /** The kept bytes as text; invalid UTF-8 becomes replacement characters. */
  text(): string
}

export function keepStderr(keeperFd: number, onText?: (text: string) => void): StderrTail {
  const decoder = new StringDecoder('utf8')
  let kept = Buffer.alloc(0)
  const pipe = readPipe(keeperFd, (chunk) => {
    kept = chunk.length >= KEPT_BYTES ? Buffer.from(chunk.subarray(-KEPT_BYTES)) : Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES)
    onText?.(decoder.write(chunk))
  })
  return { pipe, text: () => kept.toString('utf8') }
}
