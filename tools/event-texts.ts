import type { RunEvent } from '../src/run/events.ts'

export interface EventText {
  readonly when: string
  /** Field and meaning, without `time`, `kind` and `task`. */
  readonly fields: Readonly<Record<string, string>>
}

const STAGES = 'how the processes ended, in order, if there were any: each with `program`, `execId`, `pid`, `exitCode` or `signal`, and `durationMs`'

const ACTIVITY = [
  'what the stages of its pipeline do, examined every second while they run, in one of these events every two seconds. `stages`, in order, each with',
  '`program`, `execId`, `readBytes` (from the stage before it), `writtenBytes`, and, over the last seconds, `bytesPerSecond`, `cores` (CPU time, 1 is one',
  'core), `starved` and `blocked` (the shares of the time in which it waited for data, or for its data to be taken); when it has ended, `exitCode` or',
  '`signal`. Values that the kernel does not report are absent. `slowest`: the index of the stage for which the others wait; the number of stages means the',
  'storage; absent if this is not clear',
].join(' ')

const IS_DRILL = '`true` in a drill, in which objects are not made; otherwise absent'

const STEP_FIELDS = {
  index: 'counted from 0',
  steps: 'number of steps of the task',
  text: 'description of the step; environment variables by name only',
  name: 'name of the step in the configuration; absent if it has none',
  dry: '`true`: the step only prints what it would do',
}

// Typed by the union: an event without an entry does not compile.
export const EVENTS: { readonly [Kind in RunEvent['kind']]: EventText } = {
  'run-began': {
    when: 'at the beginning of a run',
    fields: { runId: 'id of the run', steps: 'descriptions of the steps of the task', version: 'version of the stream of events: 1' },
  },
  'step-began': {
    when: 'before each step, including those of tasks run by a step',
    fields: STEP_FIELDS,
  },
  'step-failed': {
    when: 'a step has failed; the run may continue with the next one. A step that runs another task fails after the failed step of that task',
    fields: { ...STEP_FIELDS, code: 'stable error code', message: 'error message', stderr: 'last output of the failed program, if a program failed' },
  },
  stdout: {
    when: 'where runs write logs: what the command of an `exec` step wrote to its stdout, without secrets',
    fields: { stage: 'the command', text: 'the output', show: 'when it is shown: `always`, `verbose` or `never`' },
  },
  'set-began': {
    when: 'a backup step has opened its storage, or a drill step has read the manifest of the set',
    fields: {
      step: 'the name of the backup step',
      storage: 'name of the storage',
      objects: 'number of objects',
      drilled: 'name of the set, if it is not made, but drilled',
    },
  },
  'object-began': {
    when: 'before the pipeline of an object starts',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      expectedBytes: 'its size in the last set; absent if there is none. In a drill: its size',
      isDrill: IS_DRILL,
    },
  },
  'object-progress': {
    when: 'every second while an object grows, or is read and restored by a drill',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      bytes: 'its size so far; in a drill, the stored bytes that were read',
      storage: 'the storage that is behind the others, if there are several',
      pipeline: ACTIVITY,
    },
  },
  'object-ended': {
    when: 'the object is complete, digested and flushed, or was proven or only read by a drill',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      bytes: 'its size; absent if nothing is stored',
      sha256: 'its SHA-256 digest in hexadecimal; absent if nothing is stored',
      covers: 'what it contains of its source, and what is left out, in words; absent if this is unknown',
      durationMs: 'duration',
      stages: STAGES,
      isDrill: IS_DRILL,
      isOnlyRead: '`true` in a drill if the object was read and compared, but not restored; otherwise absent',
    },
  },
  'object-failed': {
    when: 'an object was not made, or was not proven by a drill; the error is reported by `run-ended`',
    fields: {
      step: 'the backup step',
      path: "the object's path in the set",
      durationMs: 'duration until the failure',
      stopped: '`true`: the object itself did not fail; another one did, or the run was stopped. In a drill: its result is inconclusive',
      stages: STAGES,
      isDrill: IS_DRILL,
    },
  },
  'set-published': {
    when: 'the set is complete and visible',
    fields: {
      step: 'the backup step',
      storage: 'name of the storage',
      set: 'its name',
      bytes: 'the total size of its objects',
      covers: 'what its objects contain of their sources together, and what is left out, in words; absent if this is unknown',
    },
  },
  'set-failed': {
    when: 'one of several storages did not receive the new set',
    fields: {
      step: 'the backup step',
      storage: 'name of the storage',
      set: 'the name the set would have had',
      stopped: '`true`: the storage itself did not fail; something else did, or the run was stopped',
      code: 'stable error code, if the storage itself failed',
      message: 'error message',
    },
  },
  'archive-began': {
    when: 'an `archive` step begins to write its archive',
    fields: {
      step: 'the name of the step',
      source: 'folder to be packed',
      path: 'path of the archive',
      level: '0 or 1; also 0 if a level 1 found no level 0 to start from',
      base: 'list of the level 0 that a level 1 is relative to',
    },
  },
  'archive-ended': {
    when: 'the archive, its list and its digest are complete; dry: would be',
    fields: {
      step: 'the name of the step',
      path: 'path of the archive',
      bytes: 'its size; 0 with dry',
      entries: 'number of files, folders and other entries',
      unchanged: 'number of unchanged files left out by a level 1',
      excluded: 'number of excluded files',
      sha1: 'its SHA-1 digest in hexadecimal, if one is written',
      durationMs: 'duration',
      dry: '`true`: nothing was made',
    },
  },
  'dump-began': {
    when: 'a `dump` step starts dumping a database',
    fields: { step: 'the name of the step', database: 'name of the database', path: 'path of the dump' },
  },
  'dump-ended': {
    when: 'a database dump is complete and tested; dry: would be',
    fields: {
      step: 'the name of the step',
      database: 'name of the database',
      path: 'path of the dump',
      bytes: 'its size, for a folder the total size of its files; 0 with dry',
      sha1: 'its SHA-1 digest in hexadecimal, if one is written',
      durationMs: 'duration',
      dry: '`true`: nothing was made',
    },
  },
  'step-told': {
    when: 'information about a step that has no event of its own',
    fields: { step: 'the name of the step', text: 'the text; may have several lines', isDetail: '`true`: shown only with full verbosity' },
  },
  'file-skipped': {
    when: 'a file is of a type that archives cannot store',
    fields: { step: 'the name of the step', path: 'its path in the archive', reason: 'why' },
  },
  'file-decided': {
    when: 'for each file of an archive, if the plan requests it',
    fields: {
      step: 'the name of the step',
      decision: '`add`, `equal` or `exclude`',
      path: 'path in the archive',
      entry: 'its line in the list; absent for excluded files',
    },
  },
  'file-kept': {
    when: 'a file exceeds the limits but is kept; dry: each file that is kept',
    fields: { step: 'the name of the step', path: 'path of the file', reason: 'why it is kept' },
  },
  'file-removed': {
    when: 'an old file was removed; dry: would be',
    fields: { step: 'the name of the step', path: 'path of the file', reason: 'why it was removed', dry: '`true`: nothing was removed' },
  },
  'file-copied': {
    when: 'a file was copied to a period, and the copy was compared; dry: would be',
    fields: { step: 'the name of the step', path: 'path of the file', target: 'path of the copy', dry: '`true`: nothing was copied' },
  },
  'rotation-decided': {
    when: 'after publishing, before sets are expired',
    fields: {
      step: 'the backup step',
      storage: 'name of the storage',
      rotation:
        '`keep` and `expire`: lists of sets with `name` and `reason`; in `expire` also `bytes`, as digits in a string. `skipped`: why no decision was made; `waits`: why sets are kept that time-based rules no longer retain; `damaged`: names of damaged sets, which are neither counted nor removed; `suspicious`: names of suspicious sets that were not accepted, and `foreign`: names of sets of other hosts, the same',
    },
  },
  'root-awaited': {
    when: 'another process has been using the root of a storage for two seconds, and the step waits for it',
    fields: {
      step: 'the backup step',
      storage: 'name of the storage',
      by: 'description of the other process',
      holder: '`pid` and `since`, and `task` if known; absent if the other process cannot be identified',
    },
  },
  'set-expired': { when: 'an old set was removed', fields: { step: 'the backup step', storage: 'name of the storage', set: 'its name' } },
  'check-ended': {
    when: 'a check has a result',
    fields: {
      check: 'kind of the check: `dnssec`, `disk-space`, `freshness` or `exec`',
      name: 'name of the check in the configuration; absent if it has none',
      status: '`ok`, `warn`, `fail` or `unknown`',
      reason: 'the finding, on one line',
      hint: 'what to do; absent if the result is good',
      facts:
        'numbers: a list of objects with `label`, `value`, `unit`, and optionally `warn`, `fail`, `min`, `max` as in the performance data of plugins',
    },
  },
  note: {
    when: 'a warning or notice that is not a failure',
    fields: {
      text: 'the text of the note',
      isError: '`true`: logs of runs and the trigger file record it as an error, although the step continues; otherwise absent',
    },
  },
  stderr: {
    when: 'a command wrote to its stderr',
    fields: {
      stage: 'id of the command, or its program',
      text: 'the output, not split into lines',
      show: '`always` or `verbose`: when it is shown',
    },
  },
  'step-ended': {
    when: 'after each step that succeeded, at least partially',
    fields: {
      index: 'as in `step-began`',
      durationMs: 'duration',
      stages: STAGES,
      partial: '`true`: not on all storages, see `set-failed`',
    },
  },
  'run-ended': {
    when: 'at the end of a run',
    fields: {
      runId: 'as in `run-began`',
      status: '`ok`, `warnings` (succeeded with warnings), `partial`, `failed`, `locked` (the task is already running), `interrupted` (by a signal)',
      began: 'time of the beginning',
      ended: 'time of the end',
      notes: 'the texts of all notes',
      storages:
        'the new sets, if there are any: each with `task`, `step`, `storage`, `set`, `status` (`published`, `failed`, `stopped`) and optionally `message`',
      error:
        'the first cause, if the run did not succeed: `code` (stable), `message`, optionally `hint`, optionally `stderr` (last output of the failed program)',
      failedAt: 'the failed step, as in `step-began`, and `object`: the path of the failed object',
      signal: 'the signal that ended the run',
    },
  },
}
