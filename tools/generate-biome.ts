import { privileges, type Room, rooms, topFiles } from './rooms.ts'

/** The text of `biome.json`: format, lint, and the arrows of `rooms.ts` as far as Biome supports them, so that editors display violations immediately. */
export function renderBiome(): string {
  return `${JSON.stringify(biomeConfig(), null, 2)}\n`
}

const error = 'error'

function biomeConfig(): object {
  return {
    $schema: './node_modules/@biomejs/biome/configuration_schema.json',
    root: true,
    vcs: { enabled: false },
    files: {
      includes: [
        'src/**',
        'test/**',
        'tools/**',
        'bench/**',
        'web/**',
        'share/*',
        '*.json',
        '!test/golden',
        '!share/*.schema.json',
        '!share/*.mjs',
        '!package-lock.json',
        '!web/src/api/operations.ts',
      ],
    },
    formatter: { indentStyle: 'space', indentWidth: 2, lineWidth: 150 },
    javascript: { formatter: { quoteStyle: 'single', semicolons: 'asNeeded' } },
    linter: { domains: { project: 'recommended', types: 'recommended', test: 'recommended', react: 'none' }, rules: lintRules() },
    assist: { actions: { source: { organizeImports: 'on' } } },
    overrides: [...roomOverrides(), testOverride(), ...pageOverrides(), { includes: ['biome.json'], formatter: { enabled: false } }],
  }
}

function lintRules(): object {
  return {
    preset: 'recommended',
    complexity: {
      noExcessiveCognitiveComplexity: { level: error, options: { maxAllowedComplexity: 15 } },
      noExcessiveLinesPerFunction: { level: error, options: { maxLines: 80 } },
      // TypeScript's noPropertyAccessFromIndexSignature requires the brackets that this rule forbids.
      useLiteralKeys: 'off',
    },
    correctness: { noUnusedImports: error, noUnusedVariables: error, noUnusedFunctionParameters: error, useImportExtensions: error },
    style: {
      noExcessiveLinesPerFile: { level: error, options: { maxLines: 300 } },
      noDefaultExport: error,
      noEnum: error,
      noNamespace: error,
      noNonNullAssertion: error,
      noParameterProperties: error,
      useImportType: error,
      useExportType: error,
      useNodejsImportProtocol: error,
      useFilenamingConvention: { level: error, options: { filenameCases: ['kebab-case'] } },
    },
    // check-arrows finds cycles, including those of types only.
    suspicious: { noImportCycles: 'off', noExplicitAny: error, noSkippedTests: error, noFocusedTests: error, noTsIgnore: error },
    nursery: { noFloatingPromises: error, noMisusedPromises: error, useExhaustiveSwitchCases: error },
  }
}

// Patterns match the text of an import, and a later override replaces the options of an earlier one: therefore all bans of a room are in one place,
// followed by a second override for its tests, which must respect the arrows and may start programs.
function roomOverrides(): object[] {
  const files = Object.entries(topFiles).map(([file, room]) => override([`src/${file}`], arrows(file, room), modules(room)))
  const folders = Object.entries(rooms).flatMap(([name, room]) => [
    override([`src/${name}/**`], arrows(name, room), modules(room)),
    override([`src/${name}/**/*.test.ts`, `src/${name}/**/*.suite.ts`], arrows(name, room), {}),
  ])
  return [...folders, ...files]
}

function override(includes: string[], patterns: object[], paths: object): object {
  return { includes, linter: { rules: { style: { noRestrictedImports: { level: error, options: { paths, patterns } } } } } }
}

function arrows(name: string, room: Room): object[] {
  const allowed = [...room.may, ...(room.mayTypes ?? [])]
  const group = Object.keys(rooms)
    .filter((other) => other !== name && !allowed.includes(other))
    .map((other) => `**/${other}/**`)
  return group.length === 0 ? [] : [{ group, message: `${name} may import: ${allowed.join(', ') || 'nothing'}` }]
}

function modules(room: Room): object {
  const banned = Object.entries(privileges).filter(([privilege]) => !room.holds?.some((held) => held === privilege))
  // Members of a module are only checked by check-arrows.
  const whole = banned.filter(([, { members }]) => members === undefined)
  return Object.fromEntries(whole.flatMap(([, { why, modules = [] }]) => modules.map((module) => [module, why])))
}

// A component is a function with its whole page in it. Vite asks for its configuration as a default export.
function pageOverrides(): object[] {
  return [
    {
      includes: ['web/src/**'],
      linter: {
        domains: { react: 'recommended' },
        // A windowed table is made of boxes, whose roles say what they are. A time is reached by the keyboard, so that its zone can be read.
        rules: { a11y: { useSemanticElements: 'off', useFocusableInteractive: 'off', noNoninteractiveTabindex: 'off' } },
      },
    },
    { includes: ['web/vite.config.ts'], linter: { rules: { style: { noDefaultExport: 'off' } } } },
  ]
}

// In tests, a describe block is a function, and a table of cases makes a long file.
function testOverride(): object {
  return {
    includes: ['**/*.test.ts', '**/*.suite.ts', 'test/**'],
    linter: {
      rules: {
        complexity: { noExcessiveLinesPerFunction: 'off' },
        style: { noExcessiveLinesPerFile: { level: error, options: { maxLines: 600 } }, noNonNullAssertion: 'off' },
      },
    },
  }
}
