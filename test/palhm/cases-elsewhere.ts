import type { Case } from './cases.ts'

const MAIL: Case = {
  kind: 'elsewhere',
  why: 'making and sending the boot report is not in this version; how its settings are read is tested with the loader',
}
const S3: Case = {
  kind: 'elsewhere',
  why: 'needs an object store, which is not in this version; how its settings are read is tested with the loader',
}

/** What needs mail or an object store to run, and tables that are no runs. */
export const elsewhereCases: Readonly<Record<string, Case>> = {
  '12-ec-table': { kind: 'elsewhere', why: 'a table of exit-code ranges, gone through by the tests of the loader' },
  '16e-br-only-include': { ...MAIL, loads: true },
  '17-br-stdout': MAIL,
  '17-br-tz': MAIL,
  '17c-br-bootid-false': MAIL,
  '17d-br-mailx-fake': MAIL,
  '17f-br-mailx-missing': MAIL,
  '17g-br-bad-subst': MAIL,
  '17h-br-bootwait': MAIL,
  '17i-br-bootwait-unknown': MAIL,
  '17j-br-delay-inf': MAIL,
  '17j-br-delay-nan': MAIL,
  '17j-br-delay-neg': MAIL,
  '17j-br-delay-null': MAIL,
  '17j-br-delay-str': MAIL,
  '17l-br-no-mailto': MAIL,
  '17m-br-mailto-string': MAIL,
  '17n-br-sns-nomod': MAIL,
  '17p-br-snail': { ...MAIL, loads: true },
  '19-json': { kind: 'elsewhere', why: 'a table of documents, gone through by the tests of the loader' },
  '30-s3-success': { ...S3, loads: true },
  '31-s3-storage-classes': { ...S3, loads: true },
  '31b-s3-rot-class-same': S3,
  '31c-s3-chsc-fails-rollback': S3,
  '32-s3-rotate-count': S3,
  '34-s3-multipart': S3,
  '35-s3-root-slash': S3,
  '37-s3-profile-missing': S3,
  '37b-s3-default-profile-without-config': S3,
  '38-s3-bucket-missing': S3,
  '39-s3-fail-while-uploading': S3,
  '40-s3-missing-bucket-big': S3,
  '41-s3-root-nested': S3,
  '42-s3-profile-only-in-HOME-HANG': S3,
  '43-br-aws-sns': MAIL,
}
