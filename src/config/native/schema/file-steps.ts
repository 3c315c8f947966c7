import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required, type ValueIn } from '../form/mapping.ts'
import { PATTERNS_MEANING, patterns } from './file-sets.ts'
import { absolutePath, count, duration, fileName, filledText, issueText, texts } from './schema-helpers.ts'

const FILES_MEANING = 'Name (under "file-sets")'
const word = filledText

const archive = mapping(() => ({
  files: required(`${FILES_MEANING} of the file set that the archive belongs to.`, filledText),
  source: required('Folder to pack.', absolutePath),
  target: key('An additional folder to create if missing, besides the folder of the file set.', absolutePath),
  container: key('Archive format. Default: by the extension of the file set.', forms.choice(['tar', 'zip'])),
  compression: key(
    'For tar: gzip, bzip2 or xz. For zip: deflate, bzip2 or lzma. Default: by the extension.',
    forms.choice(['gzip', 'bzip2', 'xz', 'deflate', 'lzma']),
  ),
  'compression-level': key(
    "1 (fast) to 9 (small). Default: the program's default.",
    forms.int().min(1, issueText('expected a number from 1 to 9')).max(9, issueText('expected a number from 1 to 9')),
  ),
  exclude: key(`Files to leave out; each path is matched as it is stored. ${PATTERNS_MEANING}`, patterns),
  'absolute-paths': key('Whether to store paths relative to the root folder / instead of the source. Default: false.', forms.boolean()),
  overwrite: key('Whether to replace an existing archive of the same name. Default: false, and the step fails.', forms.boolean()),
  'base-must-exist': key('Whether a list of level 0 is used only if its archive exists. Default: true.', forms.boolean()),
  'log-files': key('Whether to log the decision about each file. Default: false.', forms.boolean()),
  'tell-files': key('The earlier name of `log-files`.', forms.boolean()),
}))

const dump = mapping(() => ({
  files: required(`${FILES_MEANING} of the file set that the dumps belong to.`, filledText),
  format: key('Dump format. Default: custom; directory if the file set has "folders: true".', forms.choice(['custom', 'directory', 'plain', 'tar'])),
  program: key('Dump program. Default: pg_dump.', filledText),
  options: key('Additional arguments for the dump program.', texts),
}))

const expireRule = mapping(() => ({
  files: required(`${FILES_MEANING} of a file set.`, filledText),
  folder: key("Folder with copies of the file set, instead of the file set's own folders.", absolutePath),
  'max-files': key('Keep this number of the newest files.', count),
  days: key('Keep files that are not older than this number of days. If both rules are set, a file is removed if either rule removes it.', count),
})).check((context) => {
  if (context.value['max-files'] === undefined && context.value.days === undefined)
    context.issues.push({ code: 'custom', input: context.value, message: issueText('at least one of "max-files" and "days" is required') })
})
const expire = oneForm('a rule, or a list of them', [expireRule, forms.list(expireRule).min(1, issueText('at least one rule is required'))])

const setNames = forms.list(filledText).min(1, issueText('at least one name is required'))
const copyFiles = mapping(() => ({
  files: required('Names (under "file-sets") of the file sets.', setNames),
  periods: required(
    'Folders by period name; each receives copies on its schedule.',
    forms.record(
      forms.string(),
      mapping(() => ({
        folder: required('Target folder of the copies.', absolutePath),
        when: required(
          'Minute in which the run must begin: five fields as in crontab(5), and additionally L, 5L, 5#2, 15W, %3, @weekly. If both day fields are restricted, one match is enough.',
          filledText,
        ),
      })),
    ),
  ),
}))

const sync = mapping(() => ({
  source: required('Source as for rsync: "/srv/", "host:/srv". A trailing slash means the contents of the folder.', word),
  target: required('Target as for rsync. A local folder is created if missing.', word),
  options: key('Options for rsync, one list item for each word: [-e, "ssh -p 22"].', texts),
  transfer: key('Transfer options. Default: [-a].', texts),
  bandwidth: key('Value of the rsync option --bwlimit.', filledText),
  exclude: key('Exclude patterns in the syntax of rsync.', texts),
  'skip-compress': key('File extensions that rsync does not compress during the transfer.', texts),
}))

const mount = mapping(() => ({
  device: required('Device as for mount(8): /dev/…, UUID=…, host:/export, a folder or an image.', filledText),
  point: required('Mount point; created if missing.', absolutePath),
  type: key('File system type.', filledText),
  options: key('Options for mount(8), one list item for each word: [-o, "ro,noexec"].', texts),
}))

const unmount = mapping(() => ({ point: required('Mount point.', absolutePath), options: key('Options for umount(8).', texts) }))

const ticket = mapping(() => ({
  change: required(
    '"set" creates the ticket and fails if it exists; "unset" removes it; "wait" waits until it is removed.',
    forms.choice(['set', 'unset', 'wait']),
  ),
  folder: required('Folder of the ticket.', absolutePath),
  file: key('File name of the ticket. Default: backup_in_progress.', fileName),
  host: key('For "wait": host to query with rsync over ssh. Default: this host.', filledText),
  options: key('For "wait": options for rsync.', texts),
  cycles: key('For "wait": number of attempts. Default: 12.', forms.int().min(1, issueText('expected a number of at least 1'))),
  pause: key('For "wait": time between attempts. Default: 10s.', duration),
}))

const testFiles = mapping(() => ({
  files: required('Names (under "file-sets") of the file sets whose newest files are tested.', setNames),
  'on-broken': key('Result if a file is damaged: "fail" (default) or "warn".', forms.choice(['fail', 'warn'])),
}))

/** Steps about files with dates in their names, and about the host. */
export const fileStepShape = {
  archive: key('Packs a folder into one dated archive, with a list beside it.', archive),
  dump: key('Dumps PostgreSQL databases, each into a dated file or folder.', dump),
  expire: key('Removes old files of file sets. The last good file and every level 0 that a remaining level 1 needs are kept.', expire),
  'copy-files': key('Copies the newest files of file sets into folders of periods.', copyFiles),
  sync: key('Copies a folder with rsync.', sync),
  mount: key('Mounts a device, unless it is already mounted.', mount),
  unmount: key('Unmounts a file system.', unmount),
  ticket: key('Sets, removes or waits for a file by which hosts signal each other that a backup is in progress.', ticket),
  'disk-usage': key(
    'Reports the usage of the file systems.',
    mapping(() => ({})),
  ),
  'test-files': key('Reads the newest files of file sets completely.', testFiles),
} as const

export const FILE_STEP_KINDS = Object.keys(fileStepShape) as readonly (keyof typeof fileStepShape)[]

/** Keys that are allowed beside the kind of such a step, and beside "exec". */
export const stepOptionShape = {
  name: key('For "exec" and for steps with dated files: name of the step in the logs.', filledText),
  'on-failure': key(
    'Whether a failure ends the task ("stop", default) or the next step is run ("continue"); the run has failed in both cases.',
    forms.choice(['stop', 'continue']),
  ),
  dry: key('For "exec" and for steps with dated files: only print what the step would do.', forms.boolean()),
} as const

export type FileStepInputs = { readonly [K in keyof typeof fileStepShape]: ValueIn<(typeof fileStepShape)[K]> }
