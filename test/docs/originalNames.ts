/**
 * What the modules of the original export, by module: functions, operators, types, constructors, methods. A module of
 * version 0.0.3 or 0.2.7 that re-exports another lists what it adds.
 */

const numericOps = `
  +. -. *. negateOp absOp signumOp /. recipOp expOp logOp sqrtOp **. logBaseOp
  sinOp cosOp tanOp asinOp acosOp atanOp sinhOp coshOp tanhOp asinhOp acoshOp atanhOp`

const modules: Readonly<Record<string, string>> = {
  'Numeric.Backprop 0.0.3': `
    BP BPOp BPOpI BVar Op OpB Prod Tuple I :< Ø Sum InL InR BPCont BPC Every Known
    backprop evalBPOp gradBPOp withInps implicitly withInps' implicitly'
    constVar inpVar inpVars inpVars' bpOp bindVar opVar ~$ opVar1 opVar2 opVar3 -$
    partsVar #<~ withParts splitVars gSplit gTuple choicesVar ?<~ withChoices sopVar gSplits gSOP withGADT
    liftB .$ liftB1 liftB2 liftB3 op1 op2 op3 opN op1' op2' op3' composeOp composeOp1 ~.
    :> only head' ::< only_ ${numericOps}`,
  'Numeric.Backprop.Op 0.0.3': `
    Op OpM op0 opConst opConst' op1 op2 op3 opN op1' op2' op3' opCoerce opTup opTup' opIso
    composeOp composeOp' composeOp1 composeOp1' ~. runOp runOp' gradOp gradOp' gradOpWith gradOpWith'
    runOpM runOpM' gradOpM gradOpM' gradOpWithM gradOpWithM' ${numericOps}`,
  'Numeric.Backprop.Implicit 0.0.3': `
    BPOp BVar Op OpB backprop grad eval constVar liftB .$ liftB1 liftB2 liftB3
    partsVar withParts splitVars gSplit gTuple partsVar' withParts' splitVars' gSplit'`,
  'Numeric.Backprop.Iso 0.0.3': `Iso Iso' iso from review view coerced gTuple gSOP sum1 resum1`,
  'Numeric.Backprop.Mono 0.0.3': `
    BP BPOp BPOpI BVar Op OpB VecT Vec I :* ØV backprop evalBPOp gradBPOp withInps implicitly
    constVar inpVar inpVars bpOp bpOp' bindVar opVar ~$ opVar1 opVar2 opVar3 -$ liftB .$ liftB1 liftB2 liftB3
    op1 op2 op3 opN op1' op2' op3' composeOp composeOp1 ~. :+ *: +: head' N0 N1 N2 N3 N4 N5 N6 N7 N8 N9 N10`,
  'in 0.0.1 alone: dictionaries by hand': `
    Summer runSummer Unity getUnity summers summers' unities unities' backprop' gradBPOp' grad' bindVar'
    opVar' opVar1' opVar2' opVar3' choicesVar' withChoices' sopVar' gSplits' opCoerce' opIso'`,
  'in the text of the README': `constRef bindRef`,
  'Numeric.Backprop 0.2.7': `
    BVar W Backprop zero add one ABP NumBP backprop evalBP gradBP backpropWith evalBP0
    backprop2 evalBP2 gradBP2 backpropWith2 backpropN evalBPN gradBPN backpropWithN constVar auto coerceVar
    ^^. .~~ %~~ ^^? ^^.. ^^?! viewVar setVar overVar sequenceVar collectVar previewVar toListOfVar T2 T3
    isoVar isoVar2 isoVar3 isoVarN liftOp liftOp1 liftOp2 liftOp3 splitBV joinBV BV BVGroup
    Op op0 opConst idOp bpOp op1 op2 op3 opCoerce opTup opIso opIsoN opLens noGrad1 noGrad Rec Reifies`,
  'Numeric.Backprop.Class 0.2.7': `
    Backprop zero add one zeroNum addNum oneNum zeroVec addVec oneVec zeroVecNum oneVecNum
    zeroFunctor addIsList addAsList oneFunctor genericZero genericAdd genericOne ABP NumBP NumVec GZero GAdd GOne`,
  'Numeric.Backprop.Explicit 0.2.7': `
    ZeroFunc ZF runZF zfNum zfNums zeroFunc zeroFuncs zfFunctor AddFunc AF runAF afNum afNums addFunc addFuncs
    OneFunc OF runOF ofNum ofNums oneFunc oneFuncs ofFunctor RPureConstrained`,
  'Numeric.Backprop.Op 0.2.7': `
    Op runOpWith Rec runOp evalOp gradOp gradOpWith op0 opConst idOp opLens op1 op2 op3
    opCoerce opTup opIso opIso2 opIso3 opIsoN noGrad1 noGrad composeOp composeOp1 ~. ${numericOps}`,
  'Prelude.Backprop 0.2.7': `
    sum product length minimum maximum traverse toList mapAccumL mapAccumR foldr foldl' fmap <$> fmapConst <$ $>
    pure liftA2 liftA3 fromIntegral realToFrac round fromIntegral' coerce`,
  'instances of BVar': `
    + - * / ** negate abs signum recip exp log sqrt logBase sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
    == < <= > >= max min`,
}

/** Each module with the names in it. */
export const originalNames: readonly (readonly [module: string, names: readonly string[]])[] = Object.entries(
  modules,
).map(([module, names]) => [module, names.trim().split(/\s+/)])
