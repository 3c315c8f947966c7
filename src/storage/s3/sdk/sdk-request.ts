import type * as Sdk from '@aws-sdk/client-s3'
import { faultOf, S3Fault } from '../s3-fault.ts'

export interface SdkClient {
  readonly sdk: typeof Sdk
  readonly client: Sdk.S3Client
  readonly bucket: string
  /** Whether connections are encrypted, in which case bodies are not signed. */
  readonly isTls: boolean
  /** The region to which its requests are sent. */
  readonly region: string
  /** Whether the region may be replaced by the one that the store names: it is not configured. */
  readonly followsRegion: boolean
}

/** Opens a client; with `region`, for that region instead of the default one. */
export type OpenClient = (region?: string) => Promise<SdkClient>

/** Runs one call of the SDK with the common options. Its errors become `S3Fault`s. */
export type SdkRequest = <T>(signal: AbortSignal, work: (at: SdkPlace) => Promise<T>) => Promise<T>

export interface SdkPlace extends SdkClient {
  readonly Bucket: string
}

const EXPIRED: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'InvalidToken', 'InvalidAccessKeyId'])

/**
 * Opens the client with the first call, and again when a call is refused because its credentials have expired or are unknown, or because the bucket is
 * in another region, which the answer names. That call is repeated, once for each of these reasons.
 */
export function openRequests(open: OpenClient): { readonly request: SdkRequest; readonly close: () => void } {
  let opened: Promise<SdkClient> | undefined
  let region: string | undefined
  // In use by other calls until the end.
  const replaced: Promise<SdkClient>[] = []
  const current = () => {
    opened ??= open(region)
    return opened
  }
  const run = async <T>(client: Promise<SdkClient>, work: (at: SdkPlace) => Promise<T>) => {
    const at = await client
    return await work({ ...at, Bucket: at.bucket })
  }
  // Once for each reason. With the same credentials, the second answer is the same.
  const repeat = async <T>(signal: AbortSignal, work: (at: SdkPlace) => Promise<T>, reasons: ReadonlySet<Reason>): Promise<T> => {
    const client = current()
    try {
      return await run(client, work)
    } catch (thrown) {
      const fault = await withoutOwnRegion(faultOf(thrown, signal.aborted), client)
      const reason = signal.aborted ? undefined : await reasonToReopen(fault, client)
      if (reason === undefined || reasons.has(reason)) throw fault
      if (opened === client) replace(client, fault.region)
      return await repeat(signal, work, new Set([...reasons, reason]))
    }
  }
  // The client keeps credentials for which it knows no end; newer ones may be in their file.
  const replace = (client: Promise<SdkClient>, named: string | undefined) => {
    replaced.push(client)
    opened = undefined
    region = named ?? region
  }
  return {
    request: (signal, work) => repeat(signal, work, new Set()),
    close: () => {
      // A client that was never created need not be closed.
      for (const it of [...replaced, ...(opened === undefined ? [] : [opened])]) it.then(({ client }) => client.destroy()).catch(() => undefined)
    },
  }
}

/** Answers name the region of the bucket with other refusals, too: only another one is the cause. */
async function withoutOwnRegion(fault: S3Fault, client: Promise<SdkClient>): Promise<S3Fault> {
  if (fault.region === undefined || fault.region !== (await client).region) return fault
  return new S3Fault(fault.fault, fault.message, { status: fault.status, cause: fault.cause })
}

type Reason = 'credentials' | 'region'

async function reasonToReopen({ fault, region }: S3Fault, client: Promise<SdkClient>): Promise<Reason | undefined> {
  if (EXPIRED.has(fault)) return 'credentials'
  return region !== undefined && (await client).followsRegion ? 'region' : undefined
}
