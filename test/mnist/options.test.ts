import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HELP, OptionsError, parseOptions } from '../../examples/mnist/options.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'options-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('parseOptions', () => {
  it('has a default for everything', () => {
    expect(parseOptions([])).toEqual({
      data: undefined,
      epochs: 3,
      seed: 1,
      batch: 1,
      optimizer: 'sgd',
      rate: 0.02,
      workers: 0,
      limit: undefined,
      json: undefined,
      save: undefined,
      load: undefined,
      help: false,
    })
  })

  it('reads every option', () => {
    const json = join(folder, 'r.json')
    const save = join(folder, 'w.bin')
    writeFileSync(save, 'old')
    const line = `--data d --epochs 0 --seed 4294967295 --batch 128 --optimizer adam --rate 1e-3 --workers 1 --limit 7 --json ${json} --save=${save} --load w -h`
    expect(parseOptions(line.split(' '))).toEqual({
      data: 'd',
      epochs: 0,
      seed: 4294967295,
      batch: 128,
      optimizer: 'adam',
      rate: 0.001,
      workers: 1,
      limit: 7,
      json,
      save,
      load: 'w',
      help: true,
    })
  })

  it.each([
    [['--epochs', 'three'], /--epochs must be a whole number from 0 to 1000000, not 'three'/],
    [['--epochs', '1.5'], /--epochs/],
    [['--epochs='], /--epochs must be .* not ''/],
    [['--epochs', '99999999999999999999'], /--epochs/],
    [['--seed', '0x10'], /--seed must be a whole number from 0 to 4294967295, not '0x10'/],
    [['--seed=-1'], /--seed/],
    [['--limit', '0'], /--limit must be a whole number from 1/],
    [['--workers', '65'], /--workers must be a whole number from 0 to 64, not '65'/],
    [['--batch', '0'], /--batch must be a whole number from 1/],
    [['--batch', '1.5'], /--batch/],
    [['--optimizer', 'Adam'], /--optimizer must be sgd, momentum, adam, not 'Adam'/],
    [['--optimizer', 'toString'], /--optimizer must be/],
    [['--rate', '0'], /--rate must be a finite number greater than 0, not '0'/],
    [['--rate=-0.1'], /--rate/],
    [['--rate', 'NaN'], /--rate/],
    [['--rate', 'Infinity'], /--rate/],
    [['--rate', ' '], /--rate/],
    [['--rate', '0.02x'], /--rate/],
    [['--rate'], /--rate/],
    [['--data='], /--data must name a file or folder/],
    [['--load='], /--load must name a file or folder/],
    [['--jsn', 'x'], /--jsn/],
    [['x'], /Unexpected argument 'x'/],
    [['--help=yes'], /--help/],
    [['--json', '/no/such/folder/r.json'], /--json: there is no folder \/no\/such\/folder/],
    [['--save', tmpdir()], /--save must name a file; .* is a folder/],
  ])('rejects %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(OptionsError)
    expect(() => parseOptions(args)).toThrow(message)
    expect(() => parseOptions(args)).toThrow(/--help lists the options\.$/)
  })

  it.each([
    ['sgd', 0.02, 0.5],
    ['momentum', 0.002, 0.1],
    ['adam', 0.0005, 0.001],
  ])('has a rate for %s', (name, single, batch) => {
    expect(parseOptions(['--optimizer', name]).rate).toBe(single)
    expect(parseOptions(['--optimizer', name, '--batch', '32']).rate).toBe(batch)
  })

  it('explains every option in the help', () => {
    for (const name of Object.keys(parseOptions([]))) expect(HELP).toContain(`--${name} `)
  })
})
