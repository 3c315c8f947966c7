import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { getCACertificates } from 'node:tls'
import { readSmall } from '../../../files/read-small.ts'
import { chooseProfile, endpointOfProfile } from '../../../lib/aws-profiles.ts'
import { messageOf } from '../../../lib/errors.ts'
import type { ResolveSecret, SecretRef } from '../../../plan/secret.ts'
import type { S3StorageSpec } from '../../../plan/storages/s3-storage.ts'
import { StorageError } from '../../storage.ts'
import { boundAnswers } from '../read/bounded-answers.ts'
import type { SdkClient } from './sdk-request.ts'

export interface ClientDeps {
  readonly resolveSecret: ResolveSecret
  /** Holdfast's environment: for the location of shared files, proxies, certificate authorities. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Timeout of an idle connection, and of an answer that is received more slowly than at the minimum rate. */
  readonly idleMs: number
}

const CONNECT_LIMIT_MS = 15_000
const FALLBACK_REGION = 'us-east-1'
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The SDK, loaded on first use, because loading it takes as long as loading all of Holdfast. */
export async function loadSdk() {
  const [sdk, { NodeHttpHandler }] = await Promise.all([import('@aws-sdk/client-s3'), import('@smithy/node-http-handler')])
  return { sdk, NodeHttpHandler }
}

/**
 * A client of the SDK, which is loaded here. Its own retries are disabled, because Holdfast knows which requests can be repeated. `named`: the region
 * that the store named, used unless one is configured.
 */
export async function openSdkClient(spec: S3StorageSpec, deps: ClientDeps, named?: string): Promise<SdkClient> {
  const { env } = deps
  const [{ sdk, NodeHttpHandler }, profile] = await Promise.all([loadSdk(), decideProfile(spec.profile, env)])
  const agent = { keepAlive: true, maxSockets: 64, proxyEnv: proxiesOf(env) }
  const ca = await authoritiesOf(spec, env)
  const endpoint = await endpointOf(spec, env)
  const config = {
    ...(profile !== undefined && { profile }),
    // For a client that is opened again: the shared files may contain newer credentials.
    ignoreCache: true,
    ...(spec.endpoint !== undefined && { endpoint: spec.endpoint }),
    ...(spec.credentials && { credentials: credentialsOf(spec.credentials, deps.resolveSecret) }),
    forcePathStyle: spec.pathStyle ?? endpoint !== undefined,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
    responseChecksumValidation: 'WHEN_REQUIRED' as const,
    // Its messages would be printed.
    logger: SILENT,
    requestHandler: boundAnswers(
      new NodeHttpHandler({
        connectionTimeout: CONNECT_LIMIT_MS,
        socketTimeout: deps.idleMs,
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent({ ...agent, ...(ca && { ca: [...ca] }) }),
      }),
      { burstMs: deps.idleMs },
    ),
  }
  const open = (region: string | undefined) => new sdk.S3Client({ ...config, ...(region !== undefined && { region }) })
  const client = open(spec.region ?? named)
  // The default region: ignored by most custom endpoints; AWS names the region of the bucket.
  const region = await client.config.region().catch(() => undefined)
  const isTls = !/^http:/iu.test(endpoint ?? '')
  const opened = region === undefined ? { client: open(FALLBACK_REGION), region: FALLBACK_REGION } : { client, region }
  return { sdk, ...opened, bucket: spec.bucket, isTls, followsRegion: spec.region === undefined }
}

function nothing(): void {
  // Messages of the SDK.
}

/** Where the SDK sends requests; undefined: to Amazon. */
async function endpointOf({ endpoint, profile }: S3StorageSpec, env: ClientDeps['env']): Promise<string | undefined> {
  const set = endpoint ?? (env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'])
  return set || (await endpointOfProfile({ profile, service: 's3' }, env, readSmall))
}

function proxiesOf(env: ClientDeps['env']): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()])
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** Undefined: those of Node.js. */
async function authoritiesOf({ caFile }: S3StorageSpec, env: ClientDeps['env']): Promise<readonly string[] | undefined> {
  const file = caFile ?? env['AWS_CA_BUNDLE']
  if (file === undefined || file === '') return undefined
  const own = await readSmall(file).catch((error: unknown) => {
    throw new StorageError('denied', `could not read the certificates in "${file}": ${messageOf(error)}`, {
      hint: 'Correct the path, or give this user permission to read it.',
    })
  })
  return [...getCACertificates('default'), own.toString('utf8')]
}

function credentialsOf({ accessKey, secretKey, sessionToken }: NonNullable<S3StorageSpec['credentials']>, resolve: ResolveSecret) {
  const text = async (parts: readonly (string | SecretRef)[]) =>
    (await Promise.all(parts.map((part) => (typeof part === 'string' ? part : resolve(part))))).join('')
  return async () => ({
    accessKeyId: await text(accessKey),
    secretAccessKey: await text(secretKey),
    ...(sessionToken && { sessionToken: await text(sessionToken) }),
  })
}

/**
 * The profile for the SDK. `default` is requested only if the shared files contain credentials with that name, so that environment and role are used
 * otherwise. Rejects with `storage/denied` for any other name that is missing from both files: the SDK would continue with another identity.
 */
export async function decideProfile(profile: string | undefined, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  if (profile === undefined) return undefined
  const choice = await chooseProfile(profile, env, readSmall)
  if (choice.kind !== 'missing') return choice.kind === 'profile' ? choice.name : undefined
  throw new StorageError('denied', `profile "${profile}" not found in the shared AWS files`, {
    hint: `Add it to "${choice.credentialsFile}", or set an existing profile in the configuration.`,
  })
}
