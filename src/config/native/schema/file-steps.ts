import { z } from 'zod'
import { PATTERNS_MEANING, patterns } from './file-sets.ts'
import { absolutePath, count, duration, fileName, filledText, key, mapping, oneForm, required, texts, told } from './words.ts'

const FILES_MEANING = 'Of the top\'s "file-sets", the name'
const word = filledText

const archive = mapping({
  files: required(`${FILES_MEANING} of the set that the archive belongs to.`, filledText),
  source: required('The folder that is packed.', absolutePath),
  target: key('A folder that is made if missing, besides that of the set.', absolutePath),
  container: key('Not said: by the extension of the set.', z.enum(['tar', 'zip'])),
  compression: key(
    'tar: gzip, bzip2 or xz. zip: deflate, bzip2 or lzma. Not said: by the extension.',
    z.enum(['gzip', 'bzip2', 'xz', 'deflate', 'lzma']),
  ),
  'compression-level': key(
    "1 (fast) to 9 (small). Not said: the program's own.",
    z.int().min(1, told('a number from 1 to 9 is expected')).max(9, told('a number from 1 to 9 is expected')),
  ),
  exclude: key(`What is left out; each path is tested by itself, as it is stored. ${PATTERNS_MEANING}`, patterns),
  'absolute-paths': key('Whether paths are recorded from the root and not from the source. Not said: false.', z.boolean()),
  overwrite: key('Whether an archive of the same name is replaced. Not said: false, and the step fails.', z.boolean()),
  'base-must-exist': key('Whether a list of level 0 counts only with its archive. Not said: true.', z.boolean()),
  'tell-files': key('Whether it is told what was decided about each single file. Not said: false.', z.boolean()),
})

const dump = mapping({
  files: required(`${FILES_MEANING} of the set that the dumps belong to.`, filledText),
  format: key('Not said: custom; for a set of folders directory.', z.enum(['custom', 'directory', 'plain', 'tar'])),
  program: key('The program that dumps. Not said: pg_dump.', filledText),
  options: key('More arguments for it.', texts),
})

const expireRule = mapping({
  files: required(`${FILES_MEANING} of a set.`, filledText),
  folder: key("Where copies of the set lie, in place of the set's own folders.", absolutePath),
  'max-files': key('So many of the newest stay.', count),
  days: key('What is not older than so many days stays. With both rules, what one of them sends away goes.', count),
}).check((context) => {
  if (context.value['max-files'] === undefined && context.value.days === undefined)
    context.issues.push({ code: 'custom', input: context.value, message: told('either "max-files" or "days" is expected') })
})
const expire = oneForm('a rule, or a list of them', [expireRule, z.array(expireRule).min(1, told('a rule is expected'))])

const setNames = z.array(filledText).min(1, told('the name of a set is expected'))
const copyFiles = mapping({
  files: required(`${FILES_MEANING}s of the sets.`, setNames),
  periods: required(
    'Folders by names of periods; each gets copies when its time comes.',
    z.record(
      z.string(),
      mapping({
        folder: required('Where the copies go to.', absolutePath),
        when: required(
          'The minute in which the run must begin: five fields as in crontab(5), and also L, 5L, 5#2, 15W, %3, @weekly. Of both days one is enough.',
          filledText,
        ),
      }),
    ),
  ),
})

const sync = mapping({
  source: required('As rsync takes it: "/srv/", "host:/srv". A slash at the end means: what is in it.', word),
  target: required('As rsync takes it. On this host it is made if missing.', word),
  options: key('Options for rsync, each a word of its own: [-e, "ssh -p 22"].', texts),
  transfer: key('Options of the transfer. Not said: [-a].', texts),
  bandwidth: key("As rsync's --bwlimit.", filledText),
  exclude: key("Patterns of rsync's own.", texts),
  'skip-compress': key('Extensions of files that are not compressed on the way.', texts),
})

const mount = mapping({
  device: required('As mount(8) takes it: /dev/…, UUID=…, host:/export, a folder or an image.', filledText),
  point: required('Where; made if missing.', absolutePath),
  type: key('The type of the file system.', filledText),
  options: key('Options for mount(8), each a word of its own: [-o, "ro,noexec"].', texts),
})

const unmount = mapping({ point: required('Where.', absolutePath), options: key('Options for umount(8).', texts) })

const ticket = mapping({
  change: required('"set" fails where there is one; "unset"; "wait" until there is none.', z.enum(['set', 'unset', 'wait'])),
  folder: required('The folder of the ticket.', absolutePath),
  file: key('Its name. Not said: backup_in_progress.', fileName),
  host: key('For "wait": the host to look on, by rsync over ssh. Not said: this one.', filledText),
  options: key('For "wait": options for rsync.', texts),
  cycles: key('For "wait": how often it looks. Not said: 12.', z.int().min(1, told('at least one is needed'))),
  pause: key('For "wait": the time after each look. Not said: 10s.', duration),
})

const testFiles = mapping({
  files: required(`${FILES_MEANING}s of the sets whose newest files are tested.`, setNames),
  'on-broken': key('What a file that is not whole means: "fail" (when nothing is said) or "warn".', z.enum(['fail', 'warn'])),
})

/** Steps about files with dates in their names, and about the host. */
export const fileStepShape = {
  archive: key('Packs a folder into one file with a date in its name, and a list beside it.', archive),
  dump: key('Dumps databases of PostgreSQL, each into a file or folder with a date in its name.', dump),
  expire: key('Removes old files of sets. Never the last good one, nor a level 0 that a kept level 1 needs.', expire),
  'copy-files': key('Copies the newest files of sets into folders of periods.', copyFiles),
  sync: key('Copies a folder by rsync.', sync),
  mount: key('Mounts a device, unless it is mounted.', mount),
  unmount: key('Unmounts.', unmount),
  ticket: key('A file that says to other hosts that something is in progress.', ticket),
  'disk-usage': key('Tells how full the file systems are.', mapping({})),
  'test-files': key('Reads the newest files of sets to their end.', testFiles),
} as const

export const FILE_STEP_KINDS = Object.keys(fileStepShape) as readonly (keyof typeof fileStepShape)[]

/** What may stand beside the kind of such a step, and beside "exec". */
export const stepOptionShape = {
  name: key('Beside "exec" and steps about files: what the logs call the step.', filledText),
  'on-failure': key(
    'Whether a failure ends the task ("stop", when nothing is said) or the next step comes; the run has failed in both cases.',
    z.enum(['stop', 'continue']),
  ),
  dry: key('Beside "exec" and steps about files: it only tells what it would do.', z.boolean()),
} as const

export type FileStepInputs = { readonly [K in keyof typeof fileStepShape]: NonNullable<z.output<(typeof fileStepShape)[K]>> }
