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

/** Opens the client with the first call. */
export function openAsk(open: () => Promise<SdkClient>): { readonly ask: Ask; readonly close: () => void } {
  let opened: Promise<SdkClient> | undefined
  return {
    async ask(signal, work) {
      opened ??= open()
      const at = await opened
      try {
        return await work({ ...at, Bucket: at.bucket })
      } catch (thrown) {
        throw faultOf(thrown, signal.aborted)
      }
    },
    close: () => {
      // A client that was never created need not be closed.
      opened?.then(({ client }) => client.destroy()).catch(() => undefined)
    },
  }
}
