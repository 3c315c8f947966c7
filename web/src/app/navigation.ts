/** The pages of the navigation, in order. Their texts are in `i18n`, their routes in `routes.tsx`. */
export const NAVIGATION = [
  { to: '/', label: 'hosts', isForAdmins: false },
  { to: '/sets', label: 'sets', isForAdmins: false },
  { to: '/schedules', label: 'schedules', isForAdmins: false },
  { to: '/users', label: 'users', isForAdmins: true },
  { to: '/tokens', label: 'tokens', isForAdmins: false },
  { to: '/audit', label: 'audit', isForAdmins: true },
  { to: '/settings', label: 'settings', isForAdmins: false },
] as const satisfies readonly {
  readonly to: string
  readonly label: 'hosts' | 'sets' | 'schedules' | 'users' | 'tokens' | 'audit' | 'settings'
  readonly isForAdmins: boolean
}[]
