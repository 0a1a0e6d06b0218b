/**
 * Runs what the documentation shows: the `ts` fragments of README.md and docs/, and the examples in the JSDoc of all
 * exported symbols. The rules are in docs/design/documentation.md.
 *
 *   node scripts/run-fragments.mjs                        everything
 *   node scripts/run-fragments.mjs README.md              these Markdown files alone
 *   node scripts/run-fragments.mjs --report counts.json   write { passed, failed } there as well
 *
 * Each is type-checked against the built package and run by tsx. Ends with `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { jsdocFragments } from './fragments/jsdoc.mjs'
import { fragmentsOf } from './fragments/markdown.mjs'
import { folder as programFolder, keyOf, programsOf } from './fragments/programs.mjs'

/** @typedef {import('./fragments/markdown.mjs').Fragment} Fragment */
/** @typedef {import('./fragments/programs.mjs').Program} Program */

const root = resolve(import.meta.dirname, '..')
const folder = join(root, programFolder)

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { report: { type: 'string' } },
})

const fragments =
  positionals.length > 0
    ? positionals.flatMap(markdownFragments)
    : [
        ...[...(existsSync(join(root, 'README.md')) ? ['README.md'] : []), ...markdownFilesIn('docs')].flatMap(
          markdownFragments,
        ),
        ...jsdocFragments(root, [
          { file: 'src/index.ts', module: 'backprop-wasm' },
          { file: 'src/inspect/index.ts', module: 'backprop-wasm/inspect' },
        ]),
      ]
const programs = [...new Set(fragments.map(({ file }) => file))].flatMap(file =>
  programsOf(fragments.filter(fragment => fragment.file === file)),
)

/** @type {Map<string, string[]>} by fragment: what is wrong with it */
const failures = new Map()

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
checkTypes()
run()

for (const [key, problems] of failures) for (const problem of problems) console.log(`${key}  ${problem}`)
const counts = { passed: fragments.length - failures.size, failed: failures.size }
if (options.report !== undefined) {
  mkdirSync(dirname(options.report), { recursive: true })
  writeFileSync(options.report, JSON.stringify(counts))
}
console.log(`fragments of the documentation: ${counts.passed} passed, ${counts.failed} failed`)
if (counts.failed > 0) process.exitCode = 1

/** @param {string} path */
function markdownFragments(path) {
  return fragmentsOf(readFileSync(resolve(root, path), 'utf8'), relative(root, resolve(root, path)))
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function markdownFilesIn(path) {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap(entry => {
    const inside = `${path}/${entry.name}`
    if (entry.isDirectory()) return markdownFilesIn(inside)
    return entry.name.endsWith('.md') ? [inside] : []
  })
}

/**
 * @param {Fragment} fragment
 * @param {string} problem
 */
function fail(fragment, problem) {
  failures.set(keyOf(fragment), [...(failures.get(keyOf(fragment)) ?? []), problem])
}

/** Type-checks all programs at once, from a user's point of view: the package is what package.json exports. */
function checkTypes() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), path => ts.sys.readFile(path))
  const compilerOptions = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    // Not the root's: with them the package's name would lead to src/.
    outDir: join(folder, 'out'),
    rootDir: root,
    configFilePath: undefined,
  }
  const files = programs.map((program, i) => {
    const file = join(folder, `${i}.types.ts`)
    writeFileSync(file, program.types)
    return file
  })
  const checked = ts.createProgram(files, compilerOptions)
  for (const [i, program] of programs.entries()) {
    const source = checked.getSourceFile(files[i])
    if (source === undefined) throw new Error(`${files[i]} was not read`)
    const diagnostics = ts.getPreEmitDiagnostics(checked, source).map(diagnostic => {
      const { line } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
      return { from: program.origin(line), text: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n') }
    })
    const last = program.fragments[program.fragments.length - 1]
    if (last.mode !== 'error') {
      for (const { from, text } of diagnostics)
        fail(from?.fragment ?? last, from === undefined ? text : `line ${from.line}: ${text}`)
      continue
    }
    const own = diagnostics.filter(({ from }) => from === undefined || from.fragment === last).map(({ text }) => text)
    if (own.length === 0) fail(last, `compiles, but was to fail with "${last.message}"`)
    else if (!own.some(text => text.includes(last.message)))
      fail(last, `fails, but not with "${last.message}":\n${own.join('\n')}`)
  }
}

/** Runs the programs, one after another in one process; one that starts the engine its own way gets its own. */
function run() {
  const runnable = programs
    .filter(program => program.fragments.every(({ mode }) => mode !== 'error'))
    .map((program, i) => {
      const file = join(folder, `${i}.run.ts`)
      writeFileSync(file, program.run)
      const keys = program.fragments.filter(({ mode }) => mode === 'run').map(keyOf)
      return { file, keys, startsEngine: /\binit\s*\(/.test(program.run) }
    })
  const shared = runnable.filter(({ startsEngine }) => !startsEngine)
  const alone = runnable.filter(({ startsEngine }) => startsEngine)
  for (const group of [shared, ...alone.map(program => [program])]) {
    for (const [key, problem] of execute(group)) {
      const fragment = fragments.find(candidate => keyOf(candidate) === key)
      if (fragment !== undefined) fail(fragment, problem)
    }
  }
}

/**
 * Runs some programs in one process.
 * @param {{ file: string, keys: string[] }[]} list
 * @returns {[key: string, problem: string][]}
 */
function execute(list) {
  if (list.length === 0) return []
  const listFile = join(folder, 'programs.json')
  const resultFile = join(folder, 'result.json')
  rmSync(resultFile, { force: true })
  writeFileSync(listFile, JSON.stringify(list))
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
  const runner = join(root, 'scripts/fragments/runner.mjs')
  const { status, stderr } = spawnSync(process.execPath, [tsx, runner, listFile, resultFile], {
    cwd: root,
    encoding: 'utf8',
    timeout: 300_000,
  })
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8'))
  } catch {
    throw new Error(`the fragments could not be run (exit code ${status})\n${stderr}`)
  }
}
