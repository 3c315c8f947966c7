import { S3Refusal } from './refusal.ts'
import type { S3ServerOptions } from './s3-server.ts'

/** A way in which stores differ from AWS S3. */
export interface StoreProfile {
  readonly name: string
  /** Which store is documented, or reported, to be so. */
  readonly source: string
  readonly server: S3ServerOptions
  /** Settings of the storage besides endpoint and keys. */
  readonly settings?: string
  /** What the test of the storage finds, although backups of some megabytes work. */
  readonly finding?: RegExp
  /** What both the test of the storage and a backup end with; absent: both work. */
  readonly refusal?: RegExp
  /** The error of writes once the quota is used up. */
  readonly full?: readonly [status: number, code: string, message?: string]
  /** Session keys change every few requests; newer ones are in this file: one that the configuration names, or the shared one of AWS. */
  readonly renewed?: 'file' | 'shared file'
}

const MIB = 1024 ** 2
const ISSUES = 'https://github.com'

/** Backblaze B2: any request with a checksum header. */
function refuseChecksums(_what: string, headers: Readonly<Record<string, unknown>>): S3Refusal | undefined {
  const found = Object.keys(headers).find((name) => /^x-amz-(?:checksum|sdk-checksum)/u.test(name))
  return found === undefined ? undefined : new S3Refusal(400, 'InvalidArgument', `Unsupported header '${found}' received for this API call.`)
}

/** A gateway that sends its clients elsewhere. */
function redirectElsewhere(): S3Refusal {
  return new S3Refusal(307, 'TemporaryRedirect', 'Please re-send this request to the specified temporary endpoint.', {
    headers: { location: 'http://elsewhere.example/acme' },
    elements: { Endpoint: 'elsewhere.example' },
  })
}

export const STORE_PROFILES: readonly StoreProfile[] = [
  { name: 'as AWS S3', source: 'Amazon S3 API Reference', server: {} },
  {
    name: 'checksum headers are ignored',
    // Ceph 16 and 17, older MinIO: the headers are newer than they are.
    source: 'Ceph 16, as in Debian 12',
    server: { checksums: 'ignored' },
  },
  {
    name: 'checksum headers are rejected, also on reads',
    source: `Backblaze B2: ${ISSUES}/home-assistant/core/issues/143995, ${ISSUES}/vatesfr/xen-orchestra/issues/8358`,
    server: { refuse: refuseChecksums, checksums: 'ignored' },
  },
  {
    name: 'checksum headers are accepted on writes and rejected on reads',
    source: `${ISSUES}/minio/mc/issues/5072`,
    server: { refusesSumsOnReads: true },
  },
  ...[
    ['MissingContentMD5', `MinIO: ${ISSUES}/aws/aws-sdk-js-v3/issues/6920`],
    ['InvalidRequest', `Dell ECS, OVH: ${ISSUES}/stormkit-io/stormkit-io/pull/142`],
    ['MissingArgument', `Alibaba OSS: ${ISSUES}/lobehub/lobehub/issues/8918`],
  ].map(([code = '', source = '']) => ({
    name: `removing many objects requires Content-MD5 (${code})`,
    source,
    server: { deleteNeedsMd5: code },
  })),
  {
    name: 'many objects are not removed with one request (400)',
    source: `Google Cloud Storage: ${ISSUES}/supabase/storage/issues/898, ${ISSUES}/minio/mc/issues/4778`,
    server: { refusesDeleteMany: [400, 'NotImplemented'] },
  },
  {
    name: 'many objects are not removed with one request (405)',
    source: `Riak CS: ${ISSUES}/basho/riak_cs/issues/549`,
    server: { refusesDeleteMany: [405, 'MethodNotAllowed'] },
  },
  {
    name: 'listings: plus signs are not encoded',
    source: `${ISSUES}/aws/aws-sdk-java/issues/703`,
    server: { listing: 'plus-signs', pageSize: 3 },
  },
  {
    name: 'listings: an encoding is announced, and keys are not encoded',
    source: `similar: ${ISSUES}/IBM/ibm-cos-sdk-java/issues/14`,
    server: { listing: 'not-encoded' },
  },
  {
    name: 'listings: keys are encoded without an announcement',
    source: 'no public report known',
    server: { listing: 'encoded-in-silence', pageSize: 3 },
  },
  {
    name: 'listings: no encoding',
    source: `${ISSUES}/brekkylab/backlot/issues/178`,
    server: { listing: 'plain' },
  },
  {
    name: 'listings: some pages are empty',
    source: 'Amazon S3 API Reference, ListObjectsV2: a page has at most the requested number of keys',
    server: { emptyPages: 3 },
  },
  {
    name: 'listings: endless',
    source: 'no public report known',
    server: { emptyPages: -1 },
    refusal: /the listing does not end/u,
  },
  {
    name: 'uploads have at most 1,000 parts',
    source: `Scaleway: https://www.scaleway.com/en/docs/object-storage/api-cli/multipart-uploads/, ${ISSUES}/LINBIT/linstor-server/issues/461`,
    server: { maxParts: 1000 },
  },
  {
    name: 'uploads have at most 100 parts',
    source: 'the same, with a lower limit',
    server: { maxParts: 100 },
    settings: 'max-parts: 100',
  },
  {
    name: 'uploads have at most 100 parts, not configured',
    source: 'the same',
    server: { maxParts: 100 },
    finding: /Set "max-parts" of this storage/u,
  },
  {
    name: 'all parts must have the same size, not configured',
    source: 'Cloudflare R2, see the next line',
    server: { equalParts: true },
  },
  {
    name: 'all parts must have the same size',
    source: `Cloudflare R2: https://developers.cloudflare.com/r2/objects/multipart-objects/, ${ISSUES}/apache/opendal/issues/2904`,
    server: { equalParts: true },
    settings: 'equal-parts: true',
  },
  {
    name: 'parts have at least 10 MiB, not configured',
    source: 'no public report known',
    server: { minPartBytes: 10 * MIB },
    refusal: /a part is smaller than the store accepts/u,
  },
  {
    name: 'parts have at least 10 MiB',
    source: 'the same',
    server: { minPartBytes: 10 * MIB },
    settings: 'part-size: 10MiB',
  },
  { name: 'parts are not copied from objects', source: 'no public report known', server: { noPartCopy: true } },
  { name: 'requests are rejected with SlowDown', source: 'Amazon S3 User Guide, "503 Slow Down"', server: { slowDownEvery: 4 } },
  {
    name: 'another region, named in an error (AuthorizationHeaderMalformed)',
    source: 'Amazon S3 API Reference, "List of error codes"',
    server: { region: 'eu-central-1' },
  },
  {
    name: 'another region, not named in the error (AuthorizationHeaderMalformed)',
    source: 'no public report known',
    server: { region: 'eu-central-1', otherRegion: 'malformed' },
    refusal: /wrong region/u,
  },
  {
    name: 'another region, named in a redirect (301, x-amz-bucket-region)',
    source: 'Amazon S3 API Reference, PermanentRedirect; HeadBucket',
    server: { region: 'eu-central-1', otherRegion: 'redirect, named' },
  },
  {
    name: 'another region, not named in the redirect (301)',
    source: 'the same',
    server: { region: 'eu-central-1', otherRegion: 'redirect' },
    refusal: /the bucket is in another region/u,
  },
  {
    name: 'another region than the one configured (AuthorizationHeaderMalformed)',
    source: 'the same',
    server: { region: 'eu-central-1' },
    settings: 'region: us-east-1',
    refusal: /Set "region" of this storage to "eu-central-1"/u,
  },
  {
    name: 'another region than the one configured (301, x-amz-bucket-region)',
    source: 'the same',
    server: { region: 'eu-central-1', otherRegion: 'redirect, named' },
    settings: 'region: us-east-1',
    refusal: /Set "region" of this storage to "eu-central-1"/u,
  },
  {
    name: 'another host, named in a redirect (307)',
    source: 'Amazon S3 User Guide, "Making requests using DNS redirection"',
    server: { refuse: redirectElsewhere },
    refusal: /redirects to another host: "elsewhere\.example"/u,
  },
  { name: 'another region, configured', source: 'the same', server: { region: 'eu-central-1' }, settings: 'region: eu-central-1' },
  { name: 'versions are kept', source: 'Amazon S3 User Guide, "Using versioning in S3 buckets"', server: { versions: true } },
  {
    name: 'versions are locked by default',
    source: 'Amazon S3 User Guide, "Locking objects with Object Lock": Content-MD5 or a checksum is required',
    server: { versions: true, locks: true, locksAll: true },
  },
  {
    name: 'versions are locked by default, and checksum headers are ignored',
    source: 'the same, on an older store',
    server: { versions: true, locks: true, locksAll: true, checksums: 'ignored' },
  },
  ...(
    [
      ['Ceph', 403, 'QuotaExceeded'],
      ['MinIO', 400, 'XMinioAdminBucketQuotaExceeded'],
      ['Backblaze B2', 403, 'AccessDenied', 'Cannot upload files, storage cap exceeded. See the Caps & Alerts page to increase your cap.'],
      ['HTTP', 507, 'InsufficientStorage'],
    ] as const
  ).map(([source, ...full]) => ({ name: `the quota is used up (${full[0]}, ${full[1]})`, source, server: {}, full })),
  {
    name: 'keys expire, and are renewed in a file that the configuration names',
    source: 'Amazon S3 API Reference, ExpiredToken',
    server: {},
    renewed: 'file',
  },
  { name: 'keys expire, and are renewed in the shared credentials file of AWS', source: 'the same', server: {}, renewed: 'shared file' },
  { name: 'errors have no body', source: 'no public report known', server: { errorBodies: 'none' } },
  { name: 'errors are pages', source: 'nginx in front of a store, with "proxy_intercept_errors"', server: { errorBodies: 'page' } },
]
