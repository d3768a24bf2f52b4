import { describe, expect, it } from 'vitest'
import type { JobEvent } from '../../../src/jobs/context/events.ts'
import { step } from '../../../src/jobs/context/step.ts'

/** What is told of a step, as `state title`. */
const toldOf = async (work: (report: (event: JobEvent) => void) => Promise<unknown>) => {
  const told: string[] = []
  const end = await work((event) =>
    told.push(event.type === 'step' ? `${event.state} ${event.title}` : event.type),
  ).then(
    (value) => ({ value }),
    (error: Error) => ({ error: error.message }),
  )
  return { told, ...end }
}

const refuse = async () => {
  throw new Error('the disk is full')
}

describe('a step', () => {
  it('begins before its work, ends after it, and returns what the work returns', async () => {
    const end = await toldOf((report) =>
      step(report, 'Save', async () => {
        report({ type: 'detail', message: 'at work' })
        return 42
      }),
    )
    expect(end).toEqual({ told: ['began Save', 'detail', 'ended Save'], value: 42 })
  })

  it('has failed when its work throws, and throws the same', async () => {
    const end = await toldOf((report) => step(report, 'Save', refuse))
    expect(end).toEqual({ told: ['began Save', 'failed Save'], error: 'the disk is full' })
  })

  it('has failed when what it found is a failure, and returns it all the same', async () => {
    const end = await toldOf((report) =>
      step(
        report,
        'Check',
        () => ({ ok: false }),
        ({ ok }) => !ok,
      ),
    )
    expect(end).toEqual({ told: ['began Check', 'failed Check'], value: { ok: false } })
  })

  it('in another one ends before it, and fails it when nobody catches that', async () => {
    const end = await toldOf((report) => step(report, 'Outer', () => step(report, 'Inner', refuse)))
    expect(end.told).toEqual(['began Outer', 'began Inner', 'failed Inner', 'failed Outer'])
  })
})
