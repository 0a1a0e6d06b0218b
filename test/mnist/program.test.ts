import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../examples/mnist/program.ts'
import type { ChunkResult, Results } from '../../examples/mnist/results.ts'

/** Collects what is written; as a terminal, if told so. */
class Sink extends Writable {
  text = ''
  readonly isTTY: boolean

  constructor(isTTY = false) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

async function mnist(line: string, stdout = new Sink()) {
  const stderr = new Sink()
  const code = await run(line.split(' '), stdout, stderr)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mnist-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const file = (name: string) => join(folder, name)
const readResults = (name: string) => JSON.parse(readFileSync(file(name), 'utf8')) as Results

describe('the program', () => {
  it('learns: 2000 digits, 4 epochs, a test error below 30 % (chance: 90 %)', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await mnist(`--limit 2000 --epochs 4 --json ${file('r.json')}`)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const results = readResults('r.json')
    expect(Object.keys(results)).toEqual(['chunks', 'testError', 'secondsPerEpoch'])
    expect(results.chunks).toHaveLength(4)
    for (const chunk of results.chunks) {
      expect(Object.keys(chunk)).toEqual(['samples', 'seconds', 'trainError', 'validationError'])
      expect(chunk.samples).toBe(2000)
      expect(chunk.seconds).toBeGreaterThan(0)
      for (const error of [chunk.trainError, chunk.validationError]) expect(error >= 0 && error <= 1).toBe(true)
    }
    expect(results.testError).toBe(results.chunks[3].validationError)
    expect(results.testError).toBeLessThan(0.3)
    expect(results.secondsPerEpoch).toBeGreaterThan(0)
    const shares = '\\d+\\.\\d\\d %'
    const line = `^Trained on 2000 samples in \\d+\\.\\d\\d s\\. Training error ${shares}, validation error ${shares}\\.$`
    expect(stdout.match(new RegExp(line, 'gm'))).toHaveLength(4)
  })

  it.each(['sgd', 'momentum', 'adam'])(
    'learns in batches by %s, and goes on where a batch is smaller',
    { timeout: 120_000 },
    async optimizer => {
      const name = `${optimizer}.json`
      const line = `--limit 5300 --epochs 3 --batch 50 --optimizer ${optimizer} --json ${file(name)}`
      const { code, stderr, stdout } = await mnist(line)
      expect(stderr).toBe('')
      expect(code).toBe(0)
      expect(stdout).toContain(`${optimizer}, rate`)
      const { chunks, testError } = readResults(name)
      expect(chunks.map(({ samples }) => samples)).toEqual([5000, 300, 5000, 300, 5000, 300])
      expect(testError).toBeLessThan(0.5)
    },
  )

  it('is the same run, bit for bit, for the same seed, and another for another', { timeout: 120_000 }, async () => {
    for (const [name, seed] of [
      ['a', 5],
      ['b', 5],
      ['c', 6],
    ] as const) {
      const { code } = await mnist(
        `--limit 500 --epochs 2 --seed ${seed} --save ${file(name)} --json ${file(name)}.json`,
      )
      expect(code).toBe(0)
    }
    const untimed = (name: string) => readResults(name).chunks.map((chunk: ChunkResult) => ({ ...chunk, seconds: 0 }))
    expect(Buffer.compare(readFileSync(file('a')), readFileSync(file('b')))).toBe(0)
    expect(untimed('a.json')).toEqual(untimed('b.json'))
    expect(Buffer.compare(readFileSync(file('a')), readFileSync(file('c')))).not.toBe(0)
  })

  it('goes on with saved weights', { timeout: 120_000 }, async () => {
    await mnist(`--limit 500 --epochs 1 --save ${file('w')} --json ${file('saved.json')}`)
    const { code, stdout } = await mnist(`--limit 1 --epochs 0 --load ${file('w')} --json ${file('loaded.json')}`)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Test error \d+\.\d\d %\./)
    const { testError } = readResults('saved.json')
    expect(readResults('loaded.json')).toEqual({ chunks: [], testError, secondsPerEpoch: 0 })
  })

  it('stops with a clear message when the numbers leave the finite ones', { timeout: 60_000 }, async () => {
    const { code, stderr } = await mnist('--limit 200 --rate 1.7e308')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^DivergedError: The training diverged: .*(NaN|Infinity|finite).* smaller --rate/)
  })

  it('ends in good order on Ctrl-C, and leaves no bar and a visible cursor', { timeout: 60_000 }, async () => {
    const terminal = new Sink(true)
    const timer = setTimeout(() => process.emit('SIGINT'), 1500)
    const { code, stdout, stderr } = await mnist('--limit 5000 --epochs 100', terminal)
    clearTimeout(timer)
    expect(code).toBe(130)
    expect(stderr).toBe('Interrupted.\n')
    expect(stdout).toContain('training')
    const last = (sequence: string) => stdout.lastIndexOf(sequence)
    expect(last('\x1b[?25h')).toBeGreaterThan(last('\x1b[?25l')) // cursor shown after it was hidden
    expect(last('\x1b[?7h')).toBeGreaterThan(last('\x1b[?7l')) // lines wrap again
    expect(process.listenerCount('SIGINT')).toBe(0)
  })

  it('writes no escape sequences where there is no terminal', { timeout: 60_000 }, async () => {
    expect((await mnist('--limit 100 --epochs 1')).stdout).not.toContain('\x1b')
  })

  it.each([
    ['--epochs many', 2, /^--epochs must be/],
    ['--wat', 2, /--wat/],
    ['--data /no/such/folder', 1, /^IdxError: \/no\/such\/folder: /],
    ['--load /no/such/file --limit 1', 1, /^WeightsError: \/no\/such\/file: /],
  ])('%s: exit code %i', async (line, expected, message) => {
    const { code, stderr } = await mnist(line)
    expect(code).toBe(expected)
    expect(stderr).toMatch(message)
  })

  it('helps', async () => {
    const { code, stdout } = await mnist('--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--limit N')
  })
})
