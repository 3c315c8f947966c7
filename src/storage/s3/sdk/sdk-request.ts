import type * as Sdk from '@aws-sdk/client-s3'
import { faultOf } from '../s3-fault.ts'

export interface SdkClient {
  readonly sdk: typeof Sdk
  readonly client: Sdk.S3Client
  readonly bucket: string
  /** Whether connections are encrypted, in which case bodies are not signed. */
  readonly isTls: boolean
}

/** Runs one call of the SDK with the common options. Its errors become `S3Fault`s. */
export type Ask = <T>(signal: AbortSignal, work: (at: SdkPlace) => Promise<T>) => Promise<T>

export interface SdkPlace extends SdkClient {
  readonly Bucket: string
}

const EXPIRED: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'InvalidToken', 'InvalidAccessKeyId'])

/**
 * Opens the client with the first call, and again when a call is refused because its credentials have expired or are unknown; that call is repeated once.
 */
export function openAsk(open: () => Promise<SdkClient>): { readonly ask: Ask; readonly close: () => void } {
  let opened: Promise<SdkClient> | undefined
  // In use by other calls until the end.
  const replaced: Promise<SdkClient>[] = []
  const current = () => {
    opened ??= open()
    return opened
  }
  const run = async <T>(client: Promise<SdkClient>, work: (at: SdkPlace) => Promise<T>) => {
    const at = await client
    return await work({ ...at, Bucket: at.bucket })
  }
  return {
    async ask(signal, work) {
      const first = current()
      try {
        return await run(first, work)
      } catch (thrown) {
        const fault = faultOf(thrown, signal.aborted)
        if (!EXPIRED.has(fault.fault) || signal.aborted) throw fault
        // The client keeps credentials for which it knows no end; newer ones may be in their file. With the same ones, the second answer is the same.
        if (opened === first) {
          replaced.push(first)
          opened = undefined
        }
      }
      try {
        return await run(current(), work)
      } catch (thrown) {
        throw faultOf(thrown, signal.aborted)
      }
    },
    close: () => {
      // A client that was never created need not be closed.
      for (const it of [...replaced, ...(opened === undefined ? [] : [opened])]) it.then(({ client }) => client.destroy()).catch(() => undefined)
    },
  }
}
