/** For the option `skip` of tests that take minutes: they run with `npm run test:long`. */
export function onlyWhenLong(): string | false {
  return process.env['HOLDFAST_LONG_TESTS'] === '1' ? false : 'takes long: npm run test:long'
}
