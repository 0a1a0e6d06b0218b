/**
 * Runs what the documentation shows: the `ts` fragments of README.md and docs/, and the examples in the JSDoc of all
 * exported symbols. The rules are in docs/design/documentation.md.
 *
 *   node scripts/run-fragments.mjs                      everything
 *   node scripts/run-fragments.mjs README.md            these Markdown files alone
 *   node scripts/run-fragments.mjs --report counts.json   write { passed, failed } there as well
 *
 * Each is type-checked against the built package and run by tsx. Ends with `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { jsdocFragments } from './fragments/jsdoc.mjs'
import { fragmentsOf } from './fragments/markdown.mjs'
import { keyOf, programsOf } from './fragments/programs.mjs'

/** @typedef {import('./fragments/markdown.mjs').Fragment} Fragment */
/** @typedef {import('./fragments/programs.mjs').Program} Program */
