import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { absolutePath, filledText, key, mapping, oneForm, rate, required, size, told } from './words.ts'

const MIB = 1024 ** 2

const storageClass = filledText.regex(/^[A-Za-z0-9_-]+$/u, told('no storage class', 'It is a word such as STANDARD_IA or GLACIER.'))

const partSize = size.refine(
  (bytes) => bytes >= 5 * MIB && bytes <= 512 * MIB,
  told('a part has 5 MiB at least and 512 MiB at most', 'Each part on its way takes that much memory.'),
)

const lock = mapping({
  mode: required(
    '"governance": accounts with a special right can remove objects all the same. "compliance": nobody can, whatever happens.',
    z.enum(['governance', 'compliance']),
  ),
  days: required('For so many days, counted from the upload.', z.int().min(1, told('one day at least')).max(36_500, told('a hundred years at most'))),
})

const encryption = oneForm('"AES256", "aws:kms" or a key of KMS', [
  z.enum(['AES256', 'aws:kms']),
  mapping({ 'kms-key': required('Id or ARN of the key.', filledText) }),
])

export const s3 = mapping({
  type: required('A bucket of AWS S3, or of any other store that speaks S3.', z.literal('s3')),
  bucket: required('The bucket. It must be there.', filledText.regex(/^[^\s/]+$/u, told('no name of a bucket'))),
  root: key(
    'What stands before every key. The sets of a step lie in ROOT/NAME/SET, NAME being the name of the step. Not said: nothing.',
    z.string().regex(/^[^\0]*$/u, told('a NUL character')),
  ),
  endpoint: key(
    'The address of the store: "https://s3.example.net". Not said: that of AWS, or what the environment of AWS says (AWS_ENDPOINT_URL_S3).',
    filledText.regex(
      /^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/u,
      told('no address', 'Write "https://HOST" or "https://HOST:PORT", without keys in it.'),
    ),
  ),
  region: key('The region of the bucket. Not said: what profile or environment say, else us-east-1.', filledText),
  'path-style': key('Whether the bucket stands in the path and not in the name of the host. Not said: yes where there is an endpoint.', z.boolean()),
  'ca-file': key('A PEM file of authorities that are trusted beside the known ones. Not said: AWS_CA_BUNDLE, if set.', absolutePath),
  profile: key(
    'A profile of the shared files of AWS (~/.aws). Not said: credentials are found as the tools of AWS find them: environment, profile, SSO, role, instance.',
    filledText,
  ),
  'access-key': key(`The id of the access key; a reference or plain: ${REFERENCES}.`, filledText),
  'secret-key': key(`The secret key; best a reference: ${REFERENCES}.`, filledText),
  'session-token': key(`The token that belongs to temporary keys; best a reference: ${REFERENCES}.`, filledText),
  'storage-class': key('The class that objects are stored in. Not said: that of the bucket, mostly STANDARD.', storageClass),
  'archive-class': key(
    'The class that the objects of a set get when the set is complete and rotated, by a copy within the store; what describes the set stays where it can be read. Not said: they stay as they are.',
    storageClass,
  ),
  lock: key('Locks objects against removal (object lock). The bucket must have been made for it.', lock),
  encryption: key('Has the store encrypt what it keeps, beside what the step does. Not said: as the bucket does.', encryption),
  tags: key('Tags of every object.', z.record(filledText, z.string())),
  bandwidth: key('No more bytes in a second than this, both ways together: 20MiB/s. Not said: no limit.', rate),
  'part-size': key('Bytes of one part of a large object. Not said: 8MiB.', partSize),
  'parts-at-once': key(
    'Parts of one object that are on their way at once. Not said: 3.',
    z.int().min(1, told('one at least')).max(64, told('64 at most')),
  ),
  'complete-when': key(
    'What makes keys below the name of a set a complete set: "manifest" (when nothing is said), or "folder" for roots with sets that another program left.',
    z.enum(['manifest', 'folder']),
  ),
}).check((context) => {
  const { value } = context
  const fault = (message: string) => context.issues.push({ code: 'custom', input: value, message })
  const keys = [value['access-key'], value['secret-key']].filter((it) => it !== undefined).length
  if (keys === 1) fault(told('"access-key" and "secret-key" go together'))
  if (value['session-token'] !== undefined && keys < 2) fault(told('"session-token" needs "access-key" and "secret-key"'))
  if (value.profile !== undefined && keys > 0) fault(told('either "profile" or keys are expected, not both'))
  if (value.lock !== undefined && value['archive-class'] !== undefined)
    fault(told('"lock" and "archive-class" exclude each other: the first copy would stay locked', 'Store in that class at once, by "storage-class".'))
})

export type S3Input = z.output<typeof s3>
