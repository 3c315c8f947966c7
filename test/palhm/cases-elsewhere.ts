import type { Case } from './cases.ts'

const MAIL = 'making and sending the boot report is not in this version; its settings are read on every command'
const S3 = 'needs an object store, which is not in this version; its settings are read on every command'

const mail = (loads: boolean): Case => ({ kind: 'elsewhere', why: MAIL, loads })
const s3: Case = { kind: 'elsewhere', why: S3, loads: true }

/** What needs mail or an object store to run; whether it loads is asserted all the same. */
export const elsewhereCases: Readonly<Record<string, Case>> = {
  '12-ec-table': { kind: 'elsewhere', why: 'a table of exit-code ranges, gone through by the tests of the loader' },
  '16e-br-only-include': mail(true),
  '17-br-stdout': mail(true),
  '17-br-tz': mail(true),
  '17c-br-bootid-false': mail(true),
  '17d-br-mailx-fake': mail(true),
  '17f-br-mailx-missing': mail(true),
  '17g-br-bad-subst': mail(true),
  '17h-br-bootwait': mail(true),
  '17i-br-bootwait-unknown': mail(false),
  '17j-br-delay-inf': mail(false),
  '17j-br-delay-nan': mail(false),
  '17j-br-delay-neg': mail(false),
  '17j-br-delay-null': mail(false),
  '17j-br-delay-str': mail(true),
  '17l-br-no-mailto': mail(false),
  '17m-br-mailto-string': mail(true),
  '17n-br-sns-nomod': mail(false),
  '17p-br-snail': mail(true),
  '19-json': { kind: 'elsewhere', why: 'a table of documents, gone through by the tests of the loader' },
  '30-s3-success': s3,
  '31-s3-storage-classes': s3,
  '31b-s3-rot-class-same': s3,
  '31c-s3-chsc-fails-rollback': s3,
  '32-s3-rotate-count': s3,
  '34-s3-multipart': s3,
  '35-s3-root-slash': s3,
  '37-s3-profile-missing': s3,
  '37b-s3-default-profile-without-config': s3,
  '38-s3-bucket-missing': s3,
  '39-s3-fail-while-uploading': s3,
  '40-s3-missing-bucket-big': s3,
  '41-s3-root-nested': s3,
  '42-s3-profile-only-in-HOME-HANG': s3,
  '43-br-aws-sns': mail(true),
}
