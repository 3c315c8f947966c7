import type { RunEvent } from '../src/run/events.ts'

export interface EventText {
  readonly when: string
  /** Field and meaning, without `time`, `kind` and `task`. */
  readonly fields: Readonly<Record<string, string>>
}

const STAGES =
  'how the processes ended, in order, where there were any: each with `program`, `execId`, `pid`, `exitCode` or `signal`, and `durationMs`'

const STEP_FIELDS = {
  index: 'counted from 0',
  steps: 'how many the task has',
  text: 'the step in words; of environments the names only',
  name: 'what the configuration calls it; absent where it has no name',
  dry: '`true`: it only tells what it would do',
}

// Typed by the union: an event that is not told of here does not compile.
export const EVENTS: { readonly [Kind in RunEvent['kind']]: EventText } = {
  'run-began': { when: 'first of all', fields: { runId: 'the id of the run', steps: 'the steps of the task in words' } },
  'step-began': {
    when: 'before each step, those of tasks inside the task too',
    fields: STEP_FIELDS,
  },
  'step-failed': {
    when: 'a step has failed; the run may go on with the next one. A step that runs another task fails after the step inside',
    fields: { ...STEP_FIELDS, code: 'why (stable)', message: 'why, in words', stderr: 'what the program that failed said last, where one failed' },
  },
  stdout: {
    when: 'where runs leave logs: what the command of an `exec` step wrote to its stdout, as it came',
    fields: { stage: 'the command', text: 'what it wrote', show: 'when it is shown: `always`, `verbose` or `never`' },
  },
  'set-began': {
    when: 'a backup step has its place on the storage',
    fields: { step: 'the name of the backup step', storage: 'where', objects: 'how many there will be' },
  },
  'object-began': {
    when: 'before the pipeline of an object starts',
    fields: { step: 'the backup step', path: "the object's path in the set", expectedBytes: 'its size in the last set; absent where there is none' },
  },
  'object-progress': {
    when: 'every second while an object grows',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      bytes: 'its size so far',
      storage: 'the storage that has no more than that, where others have',
    },
  },
  'object-ended': {
    when: 'the object is whole, digested and flushed',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      bytes: 'its size; absent where nothing is kept',
      sha256: 'its digest in hex; absent where nothing is kept',
      durationMs: 'how long it took',
      stages: STAGES,
    },
  },
  'object-failed': {
    when: 'an object was not made; what went wrong is told by `run-ended`',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      durationMs: 'how long it was in the making',
      stopped: '`true`: it had not failed itself, another one had, or the run was told to end',
      stages: STAGES,
    },
  },
  'set-published': {
    when: 'the set is complete and visible',
    fields: { step: 'the backup step', storage: 'where', set: 'its name', bytes: 'the sum of its objects' },
  },
  'set-failed': {
    when: 'one of several storages does not get the new set',
    fields: {
      step: 'the backup step',
      storage: 'where',
      set: 'the name that it would have got',
      stopped: '`true`: this storage had not failed itself, something else had, or the run was told to end',
      code: 'why, where it failed itself (stable)',
      message: 'why, in words',
    },
  },
  'archive-began': {
    when: 'an `archive` step knows what it will make',
    fields: {
      step: 'the name of the step',
      source: 'the folder that is packed',
      path: 'the archive',
      level: '0 or 1; 0 also where a level 1 found nothing to begin from',
      base: 'the list that a level 1 is relative to',
    },
  },
  'archive-ended': {
    when: 'the archive, its list and its digest are there; dry: they would be',
    fields: {
      step: 'the name of the step',
      path: 'the archive',
      bytes: 'its size; 0 when dry',
      entries: 'how many files, folders and others it holds',
      unchanged: 'how many a level 1 left out as unchanged',
      excluded: 'how many were excluded',
      sha1: 'its digest in hex, where one is kept',
      durationMs: 'how long it took',
      dry: '`true`: nothing was made',
    },
  },
  'dump-began': {
    when: 'a `dump` step begins with a database',
    fields: { step: 'the name of the step', database: 'which', path: 'the dump' },
  },
  'dump-ended': {
    when: 'a dump of a database is there, tested; dry: it would be',
    fields: {
      step: 'the name of the step',
      database: 'which',
      path: 'the dump',
      bytes: 'its size, of a folder that of all its files; 0 when dry',
      sha1: 'its digest in hex, where one is kept',
      durationMs: 'how long it took',
      dry: '`true`: nothing was made',
    },
  },
  'step-told': {
    when: 'a step has something to say that has no event of its own',
    fields: { step: 'the name of the step', text: 'what; may have several lines', isDetail: '`true`: only for those who want to know everything' },
  },
  'file-skipped': {
    when: 'something is of a kind that no archive can hold',
    fields: { step: 'the name of the step', path: 'as it would be stored', reason: 'why' },
  },
  'file-decided': {
    when: 'each file of an archive, where the plan asks for it',
    fields: {
      step: 'the name of the step',
      decision: '`add`, `equal` or `exclude`',
      path: 'as it is stored',
      entry: 'its line of the list; absent for what is excluded',
    },
  },
  'file-kept': {
    when: 'a file would have to go by the limits and stays; dry: each file that stays',
    fields: { step: 'the name of the step', path: 'the file', reason: 'why it stays' },
  },
  'file-removed': {
    when: 'an old file was removed; dry: it would be',
    fields: { step: 'the name of the step', path: 'the file', reason: 'why it went', dry: '`true`: it is still there' },
  },
  'file-copied': {
    when: 'a file was copied to a period, and the copy compared; dry: it would be',
    fields: { step: 'the name of the step', path: 'the file', target: 'the copy', dry: '`true`: nothing was copied' },
  },
  'rotation-decided': {
    when: 'after publishing, before anything is expired',
    fields: {
      step: 'the backup step',
      storage: 'where',
      rotation:
        '`keep` and `expire`: lists of sets with `name` and `reason`; to be expired also `bytes`, as digits in a string. `skipped`: why nothing was decided',
    },
  },
  'root-awaited': {
    when: 'somebody else has been at work in the root of a storage for two seconds, and is waited for',
    fields: {
      step: 'the backup step',
      storage: 'where',
      by: 'who it is, in words',
      holder: '`pid` and `since`, and `task` where it is known; absent where it cannot be proven who it is',
    },
  },
  'set-expired': { when: 'an old set is gone', fields: { step: 'the backup step', storage: 'where', set: 'its name' } },
  'check-ended': {
    when: 'a check has its answer',
    fields: {
      check: 'what was checked: `dnssec`, `disk-space`, `freshness` or `exec`',
      name: 'what the configuration calls the check; absent where it has no name',
      status: '`ok`, `warn`, `fail` or `unknown`',
      reason: 'what was found, on one line',
      hint: 'what to do; absent where all is good',
      facts: 'numbers: a list of objects with `label`, `value`, `unit`, and perhaps `warn`, `fail`, `min`, `max` as in performance data of plugins',
    },
  },
  note: {
    when: 'something is worth knowing and no failure',
    fields: { text: 'what', isError: '`true`: logs of runs and the trigger file have it as an error, though the step goes on; else absent' },
  },
  stderr: {
    when: 'a command writes to its stderr',
    fields: {
      stage: 'the id of the command, or its program',
      text: 'what came, not cut into lines',
      show: '`always` or `verbose`: when people would see it',
    },
  },
  'step-ended': {
    when: 'after each step that went well, at least in part',
    fields: {
      index: 'as in `step-began`',
      durationMs: 'how long it took',
      stages: STAGES,
      partial: '`true`: not on every storage, see `set-failed`',
    },
  },
  'run-ended': {
    when: 'last of all',
    fields: {
      runId: 'as in `run-began`',
      status: '`ok`, `warnings` (done, but something was noted), `partial`, `failed`, `locked` (it runs already), `interrupted` (by a signal)',
      began: 'when',
      ended: 'when',
      notes: 'the texts of all notes',
      storages:
        'the new sets, where there are any: each with `task`, `step`, `storage`, `set`, `status` (`published`, `failed`, `stopped`) and perhaps `message`',
      error:
        'the first cause, unless all went well: `code` (stable), `message`, perhaps `hint`, perhaps `stderr` (the last of what the failing program said)',
      failedAt: 'the step that failed, as in `step-began`, and `object`: the path of the object that failed',
      signal: 'the signal that ended the run',
    },
  },
}
