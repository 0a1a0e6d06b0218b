/**
 * Runs docs/mnist-tutorial.md, whose fragments are one program, and shows what it prints.
 *
 *   node scripts/run-tutorial.mjs
 *   MNIST_DATA=DIR node scripts/run-tutorial.mjs    with the four files of MNIST
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fragmentsOf } from './fragments/markdown.mjs'
import { folder, programsOf } from './fragments/programs.mjs'

const root = resolve(import.meta.dirname, '..')
const page = 'docs/mnist-tutorial.md'

const [program] = programsOf(fragmentsOf(readFileSync(join(root, page), 'utf8'), page))
const file = join(root, folder, 'tutorial.ts')
mkdirSync(join(root, folder), { recursive: true })
writeFileSync(file, program.types)
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
process.exitCode = spawnSync(process.execPath, [tsx, file], { stdio: 'inherit' }).status ?? 1
