import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { absolutePath, filledText, key, mapping, oneForm, required, texts, told } from './words.ts'

/** What becomes a part of a file's name. */
const namePart = z
  .string()
  .min(1, told('a text is expected, not an empty string'))
  .regex(/^[^/\p{Cc}]+$/u, told('no part of a name', 'It must hold neither a slash nor a control character.'))

export const patterns = oneForm('a list of patterns, or an object with "regex"', [texts, mapping({ regex: required('Regular expressions.', texts) })])
export const PATTERNS_MEANING =
  'Shell patterns, where * goes across slashes and the whole path must match; or { regex: [...] }: expressions of Python that match from the start.'

const names = mapping({
  archive: key('Archives; with another {ext} their lists. Not said: "{basename}-{date:%Y%m%d_%H%M%S}-{level}.{ext}".', filledText),
  'archive-digest': key('Digests of archives. Not said: "{basename}-{date:%Y%m%d_%H%M%S}-{level}.hash".', filledText),
  dump: key('Dumps. Not said: "{basename}-{dbname}-{date:%Y%m%d_%H%M%S}.pgdump".', filledText),
  'dump-digest': key('Digests of dumps. Not said: "{basename}-{dbname}-{date:%Y%m%d_%H%M%S}.hash".', filledText),
})

const common = {
  basename: required('The beginning of their names, by which they are found again.', namePart),
  digest: key('Whether a file with the SHA-1 is left beside each. Not said: false.', z.boolean()),
  names: key('How they are called: text with {basename}, {date:…} in words of strftime(3), {level}, {dbname} and {ext}.', names),
}

const archives = mapping({
  ...common,
  folder: required('Where the archives of level 0 lie, with their lists.', absolutePath),
  'level-1-folder': key('Where those of level 1 lie. Not said: in the same folder.', absolutePath),
  level: key(
    '0 (when nothing is said): each archive holds everything. 1: what is new or changed since the newest level 0.',
    oneForm('0 or 1', [z.literal(0), z.literal(1)]),
  ),
  extension: key('What stands for {ext} in the name of an archive. Not said: tar.gz.', namePart),
  'list-extension': key('What stands for {ext} in the name of its list. Not said: list.', namePart),
})

const dumps = mapping({
  ...common,
  folder: required('Where the dumps lie.', absolutePath),
  databases: required('"all", as the server names them at each run, or names.', oneForm('"all", or a list of names', [z.literal('all'), texts])),
  exclude: key(`Databases that are left out. ${PATTERNS_MEANING}`, patterns),
  folders: key('Whether each dump is a folder of files (the format "directory"). Not said: false.', z.boolean()),
  host: key('The server, or the folder of its socket. Not said: as the client finds it.', filledText),
  port: key('Its port.', z.int().min(1, told('no port')).max(65_535, told('no port'))),
  user: key('The role. Not said: that of the user that the programs run as.', filledText),
  password: key(`Its password: ${REFERENCES}.`, z.string()),
  'run-as': key('The user of this host that the programs run as. Not said: ours.', filledText),
})

/** Files with dates in their names, in plain folders. */
export const fileSet = mapping({
  archives: key('Archives that a step "archive" makes, with their lists.', archives),
  dumps: key('Dumps of databases that a step "dump" makes.', dumps),
})
  .check((context) => {
    const { archives: some, dumps: others } = context.value
    if ((some === undefined) === (others === undefined))
      context.issues.push({ code: 'custom', input: context.value, message: told('either "archives" or "dumps" is expected') })
  })
  .meta({ id: 'file-set' })

export type ArchivesInput = z.output<typeof archives>
export type DumpsInput = z.output<typeof dumps>
export type NamesInput = z.output<typeof names>
export type PatternsInput = z.output<typeof patterns>
