import { z } from 'zod'
import { rclone, sftp } from './rclone-storages.ts'
import { s3 } from './s3-storages.ts'
import { absolutePath, filledText, key, mapping, mode, required, size, told } from './words.ts'

const localfs = mapping({
  type: required('A folder of this host.', z.literal('localfs')),
  root: required('The folder. The sets of a step lie in ROOT/NAME/SET, NAME being the name of the step.', filledText),
  'require-mount': key('Something must be mounted here, or the run fails: for disks that come and go.', absolutePath),
  'trust-root': key(
    'Whoever can write in the root, or on the way to it, is trusted: nothing is said of him, links of his are followed, and his group can read the sets.',
    z.boolean(),
  ),
  'min-free': key('The run fails when less is free at its beginning.', size),
  'folder-mode': key('Mode of folders, octal, in quotes; the umask is taken away from it. Not said: "0750".', mode),
  'file-mode': key('Exact mode of files, octal, in quotes. Not said: "0640".', mode),
  'block-size': key('Bytes per write. Not said: large.', size),
  'complete-when': key(
    'What makes a folder with the name of a set a complete set: "manifest" (when nothing is said), or "folder" for roots with sets that another program left.',
    z.enum(['manifest', 'folder']),
  ),
})
const nothing = mapping({ type: required('Nowhere: objects are made and thrown away.', z.literal(['null', null])) })

const KNOWN = 'There are: localfs, s3, rclone, sftp, null.'

/** One storage. */
export const storage = z
  .discriminatedUnion('type', [localfs, s3, rclone, sftp, nothing], {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return undefined
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined
      if (type === undefined) return told('the required key "type" is missing', 'Write "type: localfs".')
      return told('there is no such type of storage', KNOWN)
    },
  })
  .meta({ id: 'storage' })
