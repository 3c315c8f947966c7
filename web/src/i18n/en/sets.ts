import { en } from '../plural.ts'

/** The list of sets, and the search in all of them. */
export const sets = {
  search: 'File, folder, table or object in all sets',
  allStorages: 'All storages',
  noMatch: 'No set matches the filter.',
  searching: (searched: string, total: string) => `Searching, newest first: ${searched} of ${total}…`,
  searchDone: (hits: number, searched: string, total: string) => `${en(hits, 'match', 'matches')}; searched ${searched} of ${total}.`,
  firstOnly: 'Of a set with many matches, only the first ones are shown.',
  unsearched: (count: number) => `${en(count, 'object was', 'objects were')} not searched: what is inside is not known, or not completely.`,
  makeIndexes: 'This command reads the sets once; then they can be searched:',
  nothingFound: 'Nothing of this name was found.',
  nothingInSearched: 'Nothing of this name was found in what could be searched.',
} as const

/** One set. */
export const set = {
  tabs: { contents: 'What is inside', proof: 'Proof', guide: 'RESTORE.md' },
  tabsLabel: 'Parts of the set',
  noneChosen: 'No set is chosen.',
  took: (span: string) => `made in ${span}`,
  placeStates: {
    complete: 'complete',
    unfinished: 'unfinished',
    legacy: 'without a manifest',
    damaged: 'damaged',
    newer: 'of a newer version',
    unreadable: 'unreadable',
  },
  name: 'Name',
  kind: 'Kind',
  modified: 'Modified',
  digest: 'SHA-256',
  madeBy: 'Made by',
  objects: 'objects',
  where: 'Where',
  searchSet: 'Name in this set',
  searchObject: 'Name in this object',
  rows: (count: number) => en(count, 'row', 'rows'),
  kinds: { object: 'object', file: 'file', folder: 'folder', link: 'link', table: 'table', database: 'database', entry: 'entry', other: 'other' },
  noMatch: 'Nothing of this name is in it.',
  emptyFolder: 'This folder is empty.',
  notAllSearched: (reason: string) => `Not everything could be searched: ${reason}`,
  incomplete: (reason: string) => `The list is incomplete: ${reason}`,
  index: {
    absent: 'What is inside has not been looked into.',
    building: 'What is inside is being looked into. This page shows it as soon as it is known.',
    impossible: 'What is inside cannot be looked into here: it is encrypted, and its key is not on this host.',
    unreadable: 'What is inside is not known here: no storage of this set can be read.',
    single: 'This is a single file, or data that is not listed.',
  },
  lookInside: 'Look inside',
  lookHow: 'The set is read once, which may take as long as a restore. Nothing is written but the list of what is inside.',
  lookBySelf: 'This command on the host does the same:',
  lookWithKey: 'Where the key is, this command lists it:',
  noGuide: 'This set has no RESTORE.md: it was made by another program.',
  needsKey: 'Needs the key.',
  needsServer: 'Only to load the dump into a server.',
  checks: 'Read back and restored',
  noChecks: 'This set has never been read back or restored.',
  how: 'How',
  hows: { verify: 'read back', restore: 'restored' },
  outcome: 'Outcome',
  read: 'Read',
  found: 'Found',
  verifyNow: 'Read back now',
} as const

/** Restores. */
export const restore = {
  title: 'Get something back',
  short: 'Get back',
  intro: 'Choose what is needed. The command on this page is complete: copy it to a root shell of the host.',
  what: '1. What',
  how: '2. How',
  choose: 'Choose…',
  chooseFirst: 'Choose a task first.',
  newest: 'The newest set',
  chooseSet: 'To get back a single object or file, choose a set.',
  allObjects: 'All objects',
  path: 'File or folder inside the archive',
  pathHint: 'As the archive lists it, for example etc/hosts. Empty: all of it. A folder includes what is in it.',
  browse: 'Look into this set',
  target: 'Into which folder',
  targetHint: 'A folder that is missing or empty. Archives are unpacked into FOLDER/OBJECT.d.',
  runHere: 'Run as root on this host',
  runThere: (host: string) => `Run as root on the host "${host}"`,
  nothingReplaced: 'Nothing that exists is replaced. All digests are checked before anything appears in the folder.',
  plain: 'Without Holdfast: by the plain tools of the system',
  start: 'Restore from here',
  startNow: 'Start the restore',
  confirm: (target: string) =>
    `The server runs exactly this command now, as its own user, on this host. It writes into "${target}" and nowhere else.`,
  operatorsOnly: 'Operators can also start it from this page.',
  progress: 'The restore',
} as const

/** A command that the server started. */
export const job = {
  title: 'Command',
  silent: 'It has printed nothing yet.',
} as const
