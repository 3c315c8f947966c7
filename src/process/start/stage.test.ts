import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Command } from '../../plan/command.ts'
import { describeEnd } from './stage.ts'

const commandOf = (program: string): Command => ({
  argv: [program],
  environment: { kind: 'exactly', values: {} },
  searchPath: [],
  accept: { min: 0, max: 0 },
  showStdout: 'never',
  showStderr: 'never',
})

describe('the headline of a failed program names the cause, not what is printed after it', () => {
  for (const [program, stderr, cause] of [
    [
      'psql',
      'psql: error: connection to server on socket "/s" failed: FATAL:  password authentication failed for user "me"\npassword retrieved from file "/dev/fd/3"\n',
      'error: connection to server on socket "/s" failed: FATAL:  password authentication failed for user "me"',
    ],
    [
      'psql',
      'psql: error: connection to server on socket "/s" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n',
      'error: connection to server on socket "/s" failed: No such file or directory',
    ],
    [
      'pg_dump',
      'pg_dump: error: query failed: ERROR:  permission denied for table t\npg_dump: detail: Query was: LOCK TABLE public.t\n',
      'error: query failed: ERROR:  permission denied for table t',
    ],
    [
      'pg_dump',
      'pg_dump: error: Dumping the contents of table "t" failed: PQgetResult() failed.\npg_dump: detail: Error message from server: ERROR:  could not read block 7\npg_dump: detail: Command was: COPY t\n',
      'ERROR:  could not read block 7',
    ],
    [
      'mariadb',
      'Could not open required defaults file: /x\nFatal error in defaults handling. Program aborted\n',
      'Could not open required defaults file: /x',
    ],
    [
      'mariadb-dump',
      `mariadb-dump: Got error: 1045: "Access denied for user 'me'@'localhost' (using password: YES)" when trying to connect\n`,
      `Got error: 1045: "Access denied for user 'me'@'localhost' (using password: YES)" when trying to connect`,
    ],
    [
      'rsync',
      'rsync: opendir "/x" failed: Permission denied (13)\nrsync error: some files could not be transferred (code 23) at main.c(1207) (see previous errors)\n',
      'opendir "/x" failed: Permission denied (13)',
    ],
    ['tar', 'tar: x: Cannot open: Permission denied\ntar: Exiting with failure status due to previous errors\n', 'x: Cannot open: Permission denied'],
    ['node', 'holdfast: "x": a remark\nnode: x\n', 'x'],
    ['tar', 'tar: /dev/fd/3: Cannot open: No such file\ntar: Error is not recoverable: exiting now\n', '/dev/fd/3: Cannot open: No such file'],
    [
      'node',
      `node:fs:3134\n  return binding.open(\n                 ^\n\nError: EROFS: read-only file system, open '/x'\n    at Object.openSync (node:fs:621:18)\n    at file:///x.mjs:1:1\n    at async Promise.all (index 0) {\n  errno: -30,\n  code: 'EROFS',\n  syscall: 'open',\n  path: '/x'\n}\n\nNode.js v24.21.0\n`,
      `Error: EROFS: read-only file system, open '/x'`,
    ],
    [
      'node',
      '\n#\n# Fatal process out of memory: no address space\n#\n----- Native stack trace -----\n\n 1: 0x9dde61  [/bin/node]\n14: 0x7ef4fe _start [/bin/node]\n',
      'Fatal process out of memory: no address space',
    ],
    [
      'node',
      'FATAL ERROR: Reached heap limit Allocation failed\n----- Native stack trace -----\n\n 1: 0x931db0 node::OOMErrorHandler [/bin/node]\n',
      'FATAL ERROR: Reached heap limit Allocation failed',
    ],
    ['odd', 'HINT: only this\n', 'HINT: only this'],
  ] as const)
    it(`${program}: ${cause}`, () => {
      const text = describeEnd(commandOf(program), { code: 1, signal: null }, stderr)
      assert.equal(text, `${program} failed (exit code 1): ${cause}`)
    })

  it('is that of a program of Holdfast itself', () => {
    const stderr = 'holdfast: "/x": the table "t" could not be checked: y\nholdfast: could not copy the database "/x": it is damaged: z\n'
    assert.equal(describeEnd(commandOf('node'), { code: 1, signal: null }, stderr), 'could not copy the database "/x": it is damaged: z')
    assert.match(describeEnd(commandOf('node'), { code: null, signal: 'SIGKILL' }, stderr), /^node failed \(killed by SIGKILL\): /u)
  })
})
