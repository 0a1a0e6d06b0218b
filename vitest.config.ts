import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { findChromium } from './scripts/chromium.mjs'

const chromium = findChromium()
if (process.env['REQUIRE_BROWSER'] === '1' && chromium === undefined)
  throw new Error('REQUIRE_BROWSER is set and no Chromium was found; set CHROMIUM_PATH')

/** Says at the end of a run what was left out. */
const leftOut = {
  onTestRunEnd() {
    if (chromium === undefined)
      console.log(
        'browser tests: NOT RUN, no Chromium was found (set CHROMIUM_PATH, or install the package "chromium")',
      )
  },
}
const report = process.env['TEST_REPORT'] // where to put the counts as JSON, for CI
const json: ['json', { outputFile: string }][] = report === undefined ? [] : [['json', { outputFile: report }]]

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^backprop-wasm$/, replacement: source('src/index.ts') },
      { find: /^backprop-wasm\/inspect$/, replacement: source('src/inspect/index.ts') },
    ],
  },
  test: {
    reporters: ['default', leftOut, ...json],
    globalSetup: ['scripts/test-setup.mjs'],
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/browser/**', 'test/package/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'test/types/tsconfig.json',
          },
        },
      },
      {
        extends: true,
        test: { name: 'package', include: ['test/package/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
      },
      ...(chromium === undefined
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'browser',
                include: ['test/browser/*.test.ts'],
                testTimeout: 120_000,
                hookTimeout: 120_000,
              },
            },
          ]),
    ],
  },
})
