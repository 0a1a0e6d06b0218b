// Workers in the place this runs: how many there are, why, and products that they share. Gives plain data.
export async function threads({ closeWorkers, evalBP, gradBP, init, matMul, matrix, sum, workers }, options) {
  await init(options)
  const { count, wanted, reason } = workers()
  const square = n => matrix(new Float64Array(n * n).fill(1), n, n)
  const total = evalBP(x => sum(matMul(x, x)))
  const totals = []
  for (let i = 0; i < 20; i++) totals.push(total(square(400)))
  const gradient = gradBP(x => sum(matMul(x, x)))(square(400))
  await closeWorkers()
  return {
    count,
    wanted,
    reason: reason && `${reason.name}: ${reason.message}`,
    right: totals.every(value => value === 400 ** 3) && gradient.data.every(value => value === 800),
    after: [workers().count, total(square(400)) === 400 ** 3],
  }
}
