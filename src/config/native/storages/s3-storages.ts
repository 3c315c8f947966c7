import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { isExposedAddress } from '../../../plan/storages/exposed-secrets.ts'
import type { S3StorageSpec } from '../../../plan/storages/s3-storage.ts'
import { readSecret } from '../keys.ts'
import type { S3Input } from '../schema/s3-storages.ts'
import { parseSecretText } from '../secret-text.ts'

/** Compiles a storage of the type `s3`. */
export function compileS3(input: S3Input, placed: LocatedNode, report: Report): S3StorageSpec | undefined {
  const credentials = input['access-key'] === undefined ? {} : readCredentials(input, placed, report)
  if (!credentials) return undefined
  warnOfPlainHttp(input, placed, report)
  const { 'storage-class': storageClass, 'archive-class': archiveClass, tags } = input
  return {
    kind: 's3',
    bucket: input.bucket,
    root: (input.root ?? '').replaceAll(/^\/+|\/+$/gu, ''),
    ...reachOf(input),
    ...credentials,
    ...(storageClass !== undefined && { storageClass }),
    // The same class twice: nothing is moved.
    ...(archiveClass !== undefined && archiveClass !== storageClass && { archiveClass }),
    ...(input.lock && { lock: input.lock }),
    ...(input.encryption !== undefined && { encryption: encryptionOf(input.encryption) }),
    ...(tags && Object.keys(tags).length > 0 && { tags }),
    ...(input.bandwidth !== undefined && { bandwidthBytesPerSecond: input.bandwidth }),
    ...(input['part-size'] !== undefined && { partBytes: input['part-size'] }),
    ...(input['max-parts'] !== undefined && { maxParts: input['max-parts'] }),
    ...(input['equal-parts'] !== undefined && { equalParts: input['equal-parts'] }),
    ...(input['parts-at-once'] !== undefined && { partsAtOnce: input['parts-at-once'] }),
    completeWhen: input['complete-when'] ?? 'manifest',
  }
}

function reachOf(input: S3Input): Pick<S3StorageSpec, 'endpoint' | 'region' | 'pathStyle' | 'caFile' | 'profile'> {
  const { endpoint, region, 'path-style': pathStyle, 'ca-file': caFile, profile } = input
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(pathStyle !== undefined && { pathStyle }),
    ...(caFile !== undefined && { caFile }),
    ...(profile !== undefined && { profile }),
  }
}

/** Requests are signed, so that keys remain secret and data cannot be modified in transit; but all data can be read. */
function warnOfPlainHttp({ endpoint }: S3Input, placed: LocatedNode, report: Report): void {
  if (endpoint === undefined || !isExposedAddress(endpoint)) return
  report.warn(
    locationOf(memberOf(placed, 'endpoint') ?? placed),
    'unencrypted connection: objects and session tokens are sent in plain text',
    'Use "https:"; if the store has its own certificate authority, set "ca-file".',
  )
}

function encryptionOf(input: NonNullable<S3Input['encryption']>): NonNullable<S3StorageSpec['encryption']> {
  if (typeof input === 'object') return { kind: 'aws:kms', keyId: input['kms-key'] }
  return { kind: input }
}

function readCredentials(input: S3Input, placed: LocatedNode, report: Report): Pick<S3StorageSpec, 'credentials'> | undefined {
  const at = (name: 'access-key' | 'secret-key' | 'session-token') => memberOf(placed, name) ?? placed
  // The id alone does not grant access: it may be in plain text.
  const accessKey = parseSecretText(input['access-key'] ?? '')
  if (accessKey.kind === 'wrong') report.error(locationOf(at('access-key')), accessKey.message, accessKey.hint)
  const secretKey = readSecret(input['secret-key'] ?? '', at('secret-key'), report)
  const token = input['session-token'] === undefined ? undefined : readSecret(input['session-token'], at('session-token'), report)
  if (accessKey.kind === 'wrong' || !secretKey || (input['session-token'] !== undefined && !token)) return undefined
  return { credentials: { accessKey: accessKey.parts, secretKey, ...(token && { sessionToken: token }) } }
}
