import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { readAuditSearch } from '../pages/audit/audit-search.ts'
import { readHostSearch } from '../pages/host/host-search.ts'
import { HostsPage } from '../pages/hosts/hosts-page.tsx'
import { readHostsSearch } from '../pages/hosts/hosts-search.ts'
import { readRestoreSearch } from '../pages/restore/restore-search.ts'
import { readRunSearch } from '../pages/run/run-search.ts'
import { readSchedulesSearch } from '../pages/schedules/schedules-search.ts'
import { readSetSearch } from '../pages/set/set-search.ts'
import { readSetsSearch } from '../pages/sets/sets-search.ts'
import { readSettingsSearch } from '../pages/settings/settings-search.ts'
import { PageFailure, PageMissing } from './page-failure.tsx'
import { Root } from './root.tsx'

// A page consists of a component in `pages/`, a route with its search parameters here, a line in `navigation.ts`, and texts in `i18n/`.

const root = createRootRoute({ component: Root, notFoundComponent: PageMissing, errorComponent: PageFailure })

const hosts = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readHostsSearch,
  component: HostsPage,
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import('../pages/run/run-page.tsx'), 'RunPage'),
})
const host = createRoute({
  getParentRoute: () => root,
  path: '/hosts/$host',
  validateSearch: readHostSearch,
  component: lazyRouteComponent(() => import('../pages/host/host-page.tsx'), 'HostPage'),
})

const sets = createRoute({
  getParentRoute: () => root,
  path: '/sets',
  validateSearch: readSetsSearch,
  component: lazyRouteComponent(() => import('../pages/sets/sets-page.tsx'), 'SetsPage'),
})
const set = createRoute({
  getParentRoute: () => root,
  path: '/set',
  validateSearch: readSetSearch,
  component: lazyRouteComponent(() => import('../pages/set/set-page.tsx'), 'SetPage'),
})
const restore = createRoute({
  getParentRoute: () => root,
  path: '/restore',
  validateSearch: readRestoreSearch,
  component: lazyRouteComponent(() => import('../pages/restore/restore-page.tsx'), 'RestorePage'),
})
const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: readSchedulesSearch,
  component: lazyRouteComponent(() => import('../pages/schedules/schedules-page.tsx'), 'SchedulesPage'),
})
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import('../pages/settings/settings-page.tsx'), 'SettingsPage'),
})
const users = createRoute({
  getParentRoute: () => root,
  path: '/users',
  component: lazyRouteComponent(() => import('../pages/users/users-page.tsx'), 'UsersPage'),
})
const tokens = createRoute({
  getParentRoute: () => root,
  path: '/tokens',
  component: lazyRouteComponent(() => import('../pages/tokens/tokens-page.tsx'), 'TokensPage'),
})
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('../pages/audit/audit-page.tsx'), 'AuditPage'),
})

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('../pages/account/account-page.tsx'), 'AccountPage'),
})
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('../pages/account/setup-page.tsx'), 'SetupPage'),
})
const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  component: lazyRouteComponent(() => import('../pages/account/reset-page.tsx'), 'ResetPage'),
})

const tree = root.addChildren([hosts, host, run, sets, set, restore, schedules, settings, users, tokens, audit, account, setup, reset])

/** The router, below the base path that the server has written into the page. */
export function makeRouter() {
  return createRouter({
    routeTree: tree,
    basepath: new URL(document.baseURI).pathname,
    defaultPreload: false,
    scrollRestoration: true,
    defaultErrorComponent: PageFailure,
    // A search parameter is an unquoted text.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
      const params = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()
      return params === '' ? '' : `?${params}`
    },
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
