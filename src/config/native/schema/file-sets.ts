import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { absolutePath, filledText, issueText, REFERENCES, texts } from './schema-helpers.ts'

/** A part of a file name. */
const namePart = forms
  .string()
  .min(1, issueText('the text is empty'))
  .regex(/^[^/\p{Cc}]+$/u, issueText('invalid part of a file name', 'It must not contain slashes or control characters.'))

export const patterns = oneForm('a list of patterns, or an object with "regex"', [
  texts,
  mapping(() => ({ regex: required('Regular expressions.', texts) })),
])
export const PATTERNS_MEANING =
  'Shell patterns that must match the whole path, where * also matches slashes; or { regex: [...] }: Python regular expressions that match from the start of the path.'

const names = mapping(() => ({
  archive: key('Names of archives and, with another {ext}, of their lists. Default: "{basename}-{date:%Y%m%d_%H%M%S}-{level}.{ext}".', filledText),
  'archive-digest': key('Names of the digest files of archives. Default: "{basename}-{date:%Y%m%d_%H%M%S}-{level}.hash".', filledText),
  dump: key('Names of dumps. Default: "{basename}-{dbname}-{date:%Y%m%d_%H%M%S}.pgdump".', filledText),
  'dump-digest': key('Names of the digest files of dumps. Default: "{basename}-{dbname}-{date:%Y%m%d_%H%M%S}.hash".', filledText),
}))

const common = {
  basename: required('Beginning of the file names, by which the files are found again.', namePart),
  digest: key('Whether to write a file with the SHA-1 digest beside each file. Default: false.', forms.boolean()),
  names: key('Templates of the file names: text with {basename}, {date:…} (conversions of strftime(3)), {level}, {dbname} and {ext}.', names),
}

const archives = mapping(() => ({
  ...common,
  folder: required('Folder for the archives of level 0 and their lists.', absolutePath),
  'level-1-folder': key('Folder for the archives of level 1. Default: the same folder.', absolutePath),
  level: key(
    '0 (default): each archive contains all files. 1: only files that are new or changed since the newest level 0.',
    oneForm('0 or 1', [forms.literal(0), forms.literal(1)]),
  ),
  extension: key('Value of {ext} in the names of archives. Default: tar.gz.', namePart),
  'list-extension': key('Value of {ext} in the names of lists. Default: list.', namePart),
}))

const dumps = mapping(() => ({
  ...common,
  folder: required('Folder for the dumps.', absolutePath),
  databases: required(
    '"all" (queried from the server at each run), or a list of names.',
    oneForm('"all", or a list of names', [forms.literal('all'), texts]),
  ),
  exclude: key(`Databases to skip. ${PATTERNS_MEANING}`, patterns),
  folders: key('Whether each dump is a folder of files (format "directory"). Default: false.', forms.boolean()),
  host: key("Server, or the folder of its socket. Default: the client's default.", filledText),
  port: key('Port of the server.', forms.int().min(1, issueText('invalid port')).max(65_535, issueText('invalid port'))),
  user: key('Database role. Default: the name of the user that runs the programs.', filledText),
  password: key(`Password of the role: ${REFERENCES}.`, forms.string()),
  'run-as': key('User of this host that runs the programs. Default: the user that runs Holdfast.', filledText),
}))

/** Files with dates in their names, in plain folders. */
export const fileSet = mapping(() => ({
  archives: key('Archives made by a step "archive", with their lists.', archives),
  dumps: key('Database dumps made by a step "dump".', dumps),
}))
  .check((context) => {
    const { archives: some, dumps: others } = context.value
    if ((some === undefined) === (others === undefined))
      context.issues.push({ code: 'custom', input: context.value, message: issueText('exactly one of "archives" and "dumps" is required') })
  })
  .meta({ id: 'file-set' })

export type ArchivesInput = ValueOf<typeof archives>
export type DumpsInput = ValueOf<typeof dumps>
export type NamesInput = ValueOf<typeof names>
export type PatternsInput = ValueOf<typeof patterns>
