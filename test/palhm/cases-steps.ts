import assert from 'node:assert/strict'
import type { Case } from './cases.ts'

const plain = (why: string): Case => ({ kind: 'match', why })

const STDOUT_OF = {
  none: 'None vl-stderr=None',
  documented: '3 vl-stderr=1',
  at20: '20 vl-stderr=20',
  at21: '21 vl-stderr=21',
  at10: '10 vl-stderr=40',
  at0: '0 vl-stderr=0',
}
type Shown = keyof typeof STDOUT_OF

/** Which of the seven steps' streams are shown, in order. */
function shows(why: string, stdout: readonly Shown[], stderr: readonly Shown[]): Case {
  return {
    kind: 'differs',
    why,
    chatty: true,
    wanted: ({ ended }) => {
      assert.equal(ended.code, 0)
      assert.equal(ended.stdout, stdout.map((it) => `OUT vl-stdout=${STDOUT_OF[it]}\n`).join(''))
      assert.equal(ended.stderr, stderr.map((it) => `ERR vl-stdout=${STDOUT_OF[it]}\n`).join(''))
    },
  }
}

const SCALE = 'numbers up to 9 are on the documented scale; without one, stdout is shown and the stderr of a success is not'

/** Cases about routine tasks and about what children get and show. */
export const stepCases: Readonly<Record<string, Case>> = {
  '10-env': plain('a child gets exactly the environment that is configured'),
  '10e-stdin-backup': {
    kind: 'match',
    why: 'a first stage reads nothing',
    stderr: /stdin is empty/u,
    start: () => ({ stdin: 'line from parent\n' }),
  },
  '10e-stdin-routine': { kind: 'match', why: 'a step reads our stdin', start: () => ({ stdin: 'line from parent\n' }) },
  '10f-cwd': plain('children work in the folder of the caller'),
  '11-routine': plain('steps, pointers and a signal mask that lasts'),
  '11g-routine-fails': { kind: 'match', why: 'the first failure ends it all', stderr: /\/bin\/false/u },
  '11p-dup-task-id-one-file': plain('in one file the last one counts'),
  '12-ec-bad': { kind: 'match', why: 'an exit code outside the range', stderr: /exit.* 5/u },
  '12-ec-ranges': plain('exit codes inside the ranges'),
  '13-vl-0': shows(SCALE, ['none', 'at20', 'at21', 'at10', 'at0'], ['at20', 'at21', 'at10', 'at0']),
  '13-vl-1': shows(SCALE, ['none', 'at20', 'at21', 'at10', 'at0'], ['documented', 'at20', 'at21', 'at10', 'at0']),
  '13-vl-2': shows(SCALE, ['none', 'at20', 'at21', 'at10', 'at0'], ['documented', 'at20', 'at21', 'at0']),
  '13-vl-4': shows(SCALE, ['none', 'documented', 'at10', 'at0'], ['documented', 'at0']),
  '13-vl-5': shows(SCALE, ['none', 'documented', 'at0'], ['documented', 'at0']),
  '13-vl-default': {
    kind: 'match',
    chatty: true,
    why: 'at the usual verbosity both scales agree',
    also: ({ ended }) => assert.equal(ended.stderr.match(/^ERR /gmu)?.length, 3),
  },
  '13-vl-v': {
    kind: 'match',
    why: '-v is about our own messages, and about stderr that is hidden by default',
    also: ({ ended }) => assert.equal(ended.stderr.match(/^ERR /gmu)?.length, 4),
  },
  '13c-vl1-dd-stats': {
    kind: 'match',
    why: "statistics of a writer are nobody's wish",
    also: ({ ended }) => assert.equal(ended.stderr, ''),
  },
  '23-check-dnssec': plain('an answer: silence'),
}
