/** Who is responsible for packages built from this checkout. */
export const MAINTAINER = process.env['HOLDFAST_MAINTAINER'] ?? 'Holdfast maintainers <packages@holdfast.invalid>'

export const SUMMARY = 'maintenance and hot backups of Linux hosts'

export const TEXT = [
  'Holdfast runs routine commands and hot backups of a host, retains the',
  'configured number of backup sets, and verifies that they can be restored.',
  'It writes plain files: every set can be checked and restored without it.',
  '.',
  'It reads the configurations of PALHM and KristaBackup, and replaces them.',
]
