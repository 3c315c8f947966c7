import { errorsOf, messageOf } from '../../../lib/errors.ts'

export class PeerError extends errorsOf('peer')<'unreachable' | 'refused' | 'invalid'> {}

const LIMIT_MS = 10_000
const MAX_BYTES = 16 * 1024 * 1024

export interface PeerCall {
  readonly url: string
  /** The path below the URL, with a leading slash. */
  readonly path: string
  readonly token?: string | undefined
  /** A larger response is an error. Default: 16 MiB. */
  readonly maxBytes?: number
}

export interface PeerAnswer {
  readonly text: string
  readonly date: Date | undefined
  readonly sentMs: number
}

/**
 * Sends a request to another instance. Follows no redirects, which could lead to addresses that only this host can reach; reads a limited number of
 * bytes, also after decompression, for at most ten seconds. Rejects with a `PeerError`.
 */
export async function requestPeerText({ url, path, token, maxBytes = MAX_BYTES }: PeerCall): Promise<PeerAnswer> {
  const sentMs = performance.now()
  const signal = AbortSignal.timeout(LIMIT_MS)
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/+$/u, '')}${path}`, {
      ...{ signal, redirect: 'manual' },
      headers: { accept: 'application/json, text/plain', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    })
  } catch (error) {
    const why = signal.aborted ? 'timed out' : messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
    throw new PeerError('unreachable', `no answer from "${url}": ${why}`, { hint: 'Check that the server is running, and check the network.' })
  }
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => undefined)
    throw new PeerError('refused', `"${url}" answered ${response.status} for ${path}`, { hint: 'Check the address, and whether it needs a token.' })
  }
  const text = await readLimited(response, url, maxBytes)
  const date = new Date(response.headers.get('date') ?? '')
  return { text, date: Number.isNaN(date.getTime()) ? undefined : date, sentMs }
}

/** Like `requestPeerText`, for a JSON response. */
export async function requestPeer(call: PeerCall): Promise<Omit<PeerAnswer, 'text'> & { readonly value: unknown }> {
  const { text, ...answer } = await requestPeerText(call)
  try {
    return { ...answer, value: JSON.parse(text) }
  } catch {
    throw new PeerError('invalid', `"${call.url}" did not return JSON for ${call.path}`, {
      hint: 'Check that the address is that of a backup server.',
    })
  }
}

async function readLimited({ body }: Response, url: string, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new PeerError('invalid', `the answer of "${url}" is too large`, { hint: 'Open it on that host itself.' })
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof PeerError) throw error
    throw new PeerError('unreachable', `the answer of "${url}" ended early: ${messageOf(error)}`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
