import assert from 'node:assert/strict'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Case, CaseRun } from './cases.ts'

/** The configuration is refused with one message that names the cause, and nothing is run or made. */
function refused(why: string, stderr: RegExp): Extract<Case, { kind: 'match' }> {
  return { kind: 'match', why, stderr }
}

/** What the ancestor refused loads and ends with 0. */
function accepted(why: string, also: (run: CaseRun) => void = () => undefined): Case {
  return {
    kind: 'differs',
    why,
    wanted: (run) => {
      assert.equal(run.ended.code, 0, run.ended.stderr)
      also(run)
    },
  }
}

/** The command line is wrong: exit code 2, one message, nothing on stdout. */
function misused(why: string): Case {
  return {
    kind: 'differs',
    why,
    wanted: ({ ended }) => assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 2, stdout: '' }),
  }
}

const dump = (...stdout: readonly RegExp[]): Case => ({ kind: 'match', why: 'the same facts; the layout of the dump is free', stdout })
const usage = (stdout: RegExp = /Usage: palhm/u): Case => ({ kind: 'match', why: 'the wording of the usage is free', stdout: [stdout] })
const plain = (why: string): Case => ({ kind: 'match', why })
const MISSING_DEFAULT = /\/etc\/palhm\/palhm\.jsonc/u

/** Cases about loading and about the command line. */
export const loadingCases: Readonly<Record<string, Case>> = {
  '01-config': dump(/backup/u, /meta\/sub\/b\.gz/u, /01\/root/u, /gzip-n/u),
  '10c-env-nonstring': refused('a value of env is a string', /env.*N|N.*string/u),
  '11d-sigmask-int-number': accepted('a number is taken for a signal, as the manual says', ({ ended }) => assert.equal(ended.stdout, 'ran\n')),
  '11e-sigmask-bad-name': {
    kind: 'differs',
    why: 'a wrong name is found while loading, before the first step',
    wanted: ({ ended }) => {
      assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 1, stdout: '' })
      assert.match(ended.stderr, /NOPE/u)
    },
  },
  '11f-builtin-unknown': refused('only sigmask is built in', /nope/u),
  '11h-task-forward-ref': accepted('a pointer forward harms nobody'),
  '11i-routine-unknown-type': refused('an unknown type', /shell/u),
  '11j-execfoo': refused('an unknown type that begins like a known one', /execfoo/u),
  '11k-missing-exec-id': refused('an unknown id', /nope/u),
  '11l-pipeline-task-type': refused('no tasks in pipelines', /task/u),
  '11m-unknown-task-type': refused('an unknown type', /rout/u),
  '14f-cycle': refused('a real cycle', /"a".*"b"|"b".*"a"|a.*b.*a/u),
  '14g-self': refused('a group that waits for itself', /"a"/u),
  '14h-unknown-dep': refused('an unknown group', /zz/u),
  '14i-unknown-group': refused('an unknown group', /zz/u),
  '14j-dup-group': refused('a group twice', /"a"/u),
  '14q-workersnull': refused('no number', /nb-workers/u),
  '14q-workersstr': refused('no number', /nb-workers/u),
  '15-include': dump(/main/u, /from a/u, /from b/u, /from c/u, /9/u),
  '15-include-run': plain('includes lie beside the file that names them, wherever the program is started'),
  '15c-included-task-uses-main': plain('an included task may point to one of the main file'),
  '15d-diamond-include': accepted('a file that two others include is read once', ({ ended }) => assert.match(ended.stdout, /gzip-n/u)),
  '15e-circular': refused('a real cycle of includes', /15e-circular\.json/u),
  '15f-dup-exec': refused('one id in two files', /"cat"/u),
  '15g-dup-task': refused('one id in two files', /"ta"/u),
  '15h-missing-include': refused('an include that is not there', /nope\.json/u),
  '15i-ext-from-realpath': {
    kind: 'match',
    why: 'the name that the links lead to decides the syntax, and includes lie beside that file',
    scenery: ({ run, top }) => {
      mkdirSync(join(run, 'lnk'))
      symlinkSync(join(top, 'configs/15i-relative-cwd.json'), join(run, 'lnk/linked.jsonc'))
      return true
    },
  },
  '15i-relative-cwd': plain('children work in the folder of the caller'),
  '15k-mod-twice': accepted('a module twice harms nobody'),
  '15l-mod-unknown': refused('an unknown module', /nope/u),
  '15m-include-vl-only-main': dump(/gzip-n/u),
  '15n-include-bad': accepted('trailing commas are accepted in .jsonc, as in the examples of the manual'),
  '15p-comments-in-json': {
    ...refused('no comments in .json', /x\.json/u),
    scenery: ({ run, top }) => {
      mkdirSync(join(run, 'lnk'))
      cpSync(join(top, 'configs/01-localfs-groups.jsonc'), join(run, 'lnk/x.json'))
      return true
    },
  },
  '16a-br-both-mua': {
    kind: 'match',
    why: 'two ways to send',
    also: async ({ place }) => {
      const { code, stderr } = await place.start(['-f', join(place.top, 'configs/16a-br-both-mua.json'), 'config'])
      assert.equal(code, 1)
      assert.match(stderr, /mua/u)
    },
  },
  '16b-br-mua-in-main': {
    kind: 'differs',
    why: 'the two objects are merged, as the manual says; the report itself is not in this version',
    wanted: loadsOtherwise('16b-br-mua-in-main.json'),
  },
  '16d-br-no-mailto': {
    kind: 'differs',
    why: 'the two objects are merged, and one list of recipients is enough; the report itself is not in this version',
    wanted: loadsOtherwise('16d-br-no-mailto.json'),
  },
  '17-br-config': dump(/stdout/u, /ops@example\.com/u),
  '17d-br-mailx-config': dump(/mailx/u, /ops@example\.com/u),
  '17k-br-mua-unknown': refused('the report is checked on every command', /sendmail/u),
  '17q-br-not-configured': plain('no report is configured'),
  '18-cli-badopt': misused('a wrong option is wrong usage'),
  '18-cli-default-path': refused('the default file is not there', MISSING_DEFAULT),
  '18-cli-f-missing': refused('the file is not there', /\/nope\.jsonc/u),
  '18-cli-f-noarg': refused('options come before the command', MISSING_DEFAULT),
  '18-cli-f-noarg2': misused('an option without its value is wrong usage'),
  '18-cli-help': usage(),
  '18-cli-help-bogus': usage(),
  '18-cli-help-bogus-x': plain('an unknown command'),
  '18-cli-help-br-x': usage(/boot-report/u),
  '18-cli-help-config-x': usage(/^Usage: palhm .*-f FILE\] config\n\nload the configuration, and print it\n\nOptions/u),
  '18-cli-help-help-x': usage(),
  '18-cli-help-mods-x': usage(/mods/u),
  '18-cli-help-run': {
    kind: 'differs',
    why: 'one word is enough',
    wanted: ({ ended }) => {
      assert.equal(ended.code, 0)
      assert.match(ended.stdout, /Usage: palhm .*run.*\[task\]/iu)
    },
  },
  '18-cli-help-run-x': usage(/Usage: palhm .*run.*\[task\]/iu),
  '18-cli-longopt': {
    kind: 'differs',
    why: 'one long option is understood',
    wanted: ({ ended }) => {
      assert.equal(ended.code, 0)
      assert.match(ended.stdout, /Usage: palhm/u)
    },
  },
  '18-cli-mods-extra': plain('further words are ignored'),
  '18-cli-none': plain('no command'),
  '18-cli-opt-after': refused('what follows the command is no option', /"-v"/u),
  '18-cli-q-config': dump(/ran default/u, /ran empty id/u, /exit 3/u),
  '18-cli-qq': plain('twice is once; what steps print is shown all the same'),
  '18-cli-qv': plain('-q with -v'),
  '18-cli-run': plain('no task named'),
  '18-cli-run-empty': plain('an empty name is no name'),
  '18-cli-run-fail': { kind: 'match', why: 'a failing step, with what it said', stderr: /exit.* 3[\s\S]*\n +err\n/u },
  '18-cli-run-fail-q': { kind: 'match', why: 'a failing step, with what it said', stderr: /exit.* 3[\s\S]*\n +err\n/u },
  '18-cli-run-unknown': refused('an unknown task', /"nope"/u),
  '18-cli-unknown': plain('an unknown command'),
  '18-cli-v': { kind: 'match', why: 'more is told', stderr: /ran default/u },
  '18-cli-vv2': {
    kind: 'differs',
    why: 'twice is more, not nothing',
    wanted: ({ ended }) => {
      assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 0, stdout: 'ran default\n' })
      assert.match(ended.stderr, /ran default/u)
    },
  },
  '18-cli-vvv': { kind: 'match', why: 'more is told', stderr: /ran default/u },
  mods: plain('one name a line'),
}

function loadsOtherwise(file: string): (run: CaseRun) => Promise<void> {
  return async ({ place }) => {
    const { code, stderr } = await place.start(['-f', join(place.top, 'configs', file), 'config'])
    assert.equal(code, 0, stderr)
  }
}
