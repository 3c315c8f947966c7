import { forms } from '../form/forms.ts'
import { key, mapping, required } from '../form/mapping.ts'
import { rclone, sftp } from './rclone-storages.ts'
import { s3 } from './s3-storages.ts'
import { absolutePath, issueText, mode, path, size } from './schema-helpers.ts'

const localfs = mapping(() => ({
  type: required('A folder of this host.', forms.literal('localfs')),
  root: required('Root folder. Sets are stored as ROOT/NAME/SET, where NAME is the name of the step. "~" is not expanded.', path),
  'require-mount': key('Mount point; the run fails if nothing is mounted there. For removable disks.', absolutePath),
  'exchanged-disks': key(
    'Several disks are mounted at the root by turns: "evidence" reports records that the mounted one lacks as not read, instead of as missing. Default: false.',
    forms.boolean(),
  ),
  'trust-root': key(
    'Trust all users who can write to the root or to a folder above it: no warnings or errors about them, their symbolic links are followed, and their group can read the sets. Default: false.',
    forms.boolean(),
  ),
  'min-free': key('Minimum free space; the run fails at its beginning if less is free.', size),
  'folder-mode': key('Mode of folders, octal, in quotes; the umask applies. Default: "0750".', mode),
  'file-mode': key('Mode of files, octal, in quotes; the umask does not apply. Default: "0640".', mode),
  'block-size': key('Bytes per write. Default: large blocks.', size),
  'complete-when': key(
    'What makes a folder with the name of a set a complete set: "manifest" (default), or "folder" for roots with sets made by another program.',
    forms.choice(['manifest', 'folder']),
  ),
}))
const nothing = mapping(() => ({ type: required('Discards all objects after making them.', forms.literal(['null', null])) }))

const KNOWN = 'Valid types: localfs, s3, rclone, sftp, null.'

/** One storage. */
export const storage = forms
  .byType([localfs, s3, rclone, sftp, nothing], {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return undefined
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined
      if (type === undefined) return issueText('missing required key "type"', 'Write "type: localfs".')
      return issueText('unknown storage type', KNOWN)
    },
  })
  .meta({ id: 'storage' })
