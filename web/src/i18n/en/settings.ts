import { en } from '../plural.ts'

/** Storages, notifiers and the configuration file. */
export const settings = {
  tabs: { storages: 'Storages', notifiers: 'Notifiers', configuration: 'Configuration' },
  tabsLabel: 'Parts of the settings',
  noNotifiers: 'Nobody is notified of failures',
  noNotifiersHint: 'Add a notifier (mail, a web hook, SNS, a command) under "notifiers" in the configuration, then send a test from here.',
  sendTest: 'Send a test',
  sent: (span: string) => `sent in ${span}`,
  notWritable: 'The server may not write this file. It can be read here, and changed on the host.',
  checking: 'Checking…',
  severities: { error: 'error', warning: 'warning' },
  line: (line: number) => `line ${line}`,
  write: 'Write the file',
  discard: 'Discard the changes',
  reload: 'Load again',
  ready: 'Checked. Nothing is written yet.',
  written: 'Written. The previous version is kept.',
  outdated: 'The file was changed since you began. Discard your changes to see it, or compare them with it before you write.',
  rebase: 'Compare with the file as it is now',
  secrets:
    'Secrets that are in the file in plain text are shown as placeholders, such as "holdfast-secret-0f1e2d3c4b5a6978". To keep a secret, keep its placeholder; to change it, replace the placeholder with the new secret.',
  earlier: 'Earlier versions',
  noVersions: 'No earlier version is kept yet: the file has not been changed from here.',
  until: 'until',
  replacedBy: (who: string) => `replaced by ${who}`,
  editedOutside: 'edited outside of Holdfast',
  compared: 'What would change with the version until',
  bring: 'Restore this version',
  same: 'It is identical to the current file.',
  changes: (added: number, removed: number) => `${en(added, 'line', 'lines')} added, ${en(removed, 'line', 'lines')} removed`,
} as const
