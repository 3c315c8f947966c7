import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** The SHA-1 of a file, 40 hexadecimal digits. It finds damage; it is no protection against anybody. */
export async function sha1File(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha1')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
