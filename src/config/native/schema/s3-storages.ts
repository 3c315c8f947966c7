import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { absolutePath, filledText, issueText, REFERENCES, rate, size } from './schema-helpers.ts'

const MIB = 1024 ** 2

const storageClass = filledText.regex(/^[A-Za-z0-9_-]+$/u, issueText('invalid storage class', 'Write a name such as STANDARD_IA or GLACIER.'))

const partSize = size.refine(
  (bytes) => bytes >= 5 * MIB && bytes <= 512 * MIB,
  issueText('invalid part size: must be from 5MiB to 512MiB', 'Each part in transfer needs this amount of memory.'),
)

const lock = mapping(() => ({
  mode: required(
    '"governance": accounts with a special permission can still remove objects. "compliance": no account can remove them before the lock expires.',
    forms.choice(['governance', 'compliance']),
  ),
  days: required(
    'Number of days, counted from the upload.',
    forms.int().min(1, issueText('expected at least one day')).max(36_500, issueText('expected at most 100 years')),
  ),
}))

const encryption = oneForm('"AES256", "aws:kms" or a KMS key', [
  forms.choice(['AES256', 'aws:kms']),
  mapping(() => ({ 'kms-key': required('ID or ARN of the key.', filledText) })),
])

export const s3 = mapping(() => ({
  type: required('A bucket of AWS S3 or of an S3-compatible store.', forms.literal('s3')),
  bucket: required('Name of the bucket. It must exist.', filledText.regex(/^[^\s/]+$/u, issueText('invalid bucket name'))),
  root: key(
    'Prefix of all keys. Sets are stored as ROOT/NAME/SET, where NAME is the name of the step. Default: empty.',
    forms.string().regex(/^[^\0]*$/u, issueText('the value contains a NUL character')),
  ),
  endpoint: key(
    'Endpoint URL of the store: "https://s3.example.net". Default: from the AWS environment (AWS_ENDPOINT_URL_S3), otherwise AWS.',
    filledText.regex(
      /^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/u,
      issueText('invalid URL', 'Write "https://HOST" or "https://HOST:PORT", without credentials.'),
    ),
  ),
  region: key('Region of the bucket. Default: from the profile or environment, otherwise us-east-1, or the region that the store names.', filledText),
  'path-style': key('Whether the bucket name is part of the path instead of the host name. Default: true if "endpoint" is set.', forms.boolean()),
  'ca-file': key('File with CA certificates (PEM) to trust in addition to the known ones. Default: AWS_CA_BUNDLE, if set.', absolutePath),
  profile: key(
    'Profile of the shared AWS files (~/.aws). Default: credentials are found as by the AWS tools: environment, profile, SSO, role, instance.',
    filledText,
  ),
  'access-key': key(`Access key ID; plain or a reference: ${REFERENCES}.`, filledText),
  'secret-key': key(`Secret access key; preferably a reference: ${REFERENCES}.`, filledText),
  'session-token': key(`Session token of temporary credentials; preferably a reference: ${REFERENCES}.`, filledText),
  'storage-class': key('Storage class of new objects. Default: the default of the bucket, usually STANDARD.', storageClass),
  'archive-class': key(
    'Storage class to which the objects of a set are moved, by a copy within the store, after the set has been published and rotation has finished; manifest and digests remain readable. Default: no change.',
    storageClass,
  ),
  lock: key('Locks objects against removal (object lock). The bucket must have been created with object lock.', lock),
  encryption: key("Server-side encryption by the store, in addition to the step's encryption. Default: the bucket's setting.", encryption),
  tags: key('Tags of all objects.', forms.record(filledText, forms.string())),
  bandwidth: key('Maximum bytes per second, in both directions together: 20MiB/s. Default: unlimited.', rate),
  'part-size': key('Part size of multipart uploads. Default: 8MiB.', partSize),
  'max-parts': key(
    'Number of parts of an upload that the store accepts. Default: 10000; for objects of more than 50 parts, the limit of the store is tested.',
    forms.int().min(10, issueText('expected a number of at least 10')).max(10_000, issueText('expected a number of at most 10000')),
  ),
  'equal-parts': key(
    'Whether all parts of an upload must have the same size (Cloudflare R2). Objects are then limited to "max-parts" times "part-size". Default: false.',
    forms.boolean(),
  ),
  'parts-at-once': key(
    'Number of parts of one object uploaded in parallel. Default: 3.',
    forms.int().min(1, issueText('expected a number of at least 1')).max(64, issueText('expected a number of at most 64')),
  ),
  'complete-when': key(
    'What makes the keys under the name of a set a complete set: "manifest" (default), or "folder" for roots with sets made by another program.',
    forms.choice(['manifest', 'folder']),
  ),
})).check((context) => {
  const { value } = context
  const fault = (message: string) => context.issues.push({ code: 'custom', input: value, message })
  const keys = [value['access-key'], value['secret-key']].filter((it) => it !== undefined).length
  if (keys === 1) fault(issueText('"access-key" and "secret-key" must be set together'))
  if (value['session-token'] !== undefined && keys < 2) fault(issueText('"session-token" requires "access-key" and "secret-key"'))
  if (value.profile !== undefined && keys > 0) fault(issueText('"profile" and access keys cannot be combined'))
  if (value.lock !== undefined && value['archive-class'] !== undefined)
    fault(issueText('"lock" and "archive-class" cannot be combined: the first copy would stay locked', 'Set "storage-class" to that class instead.'))
})

export type S3Input = ValueOf<typeof s3>
