import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../base/clock.ts';
import type { Disposable } from '../../../base/lifecycle.ts';
import type { Logger } from '../../../base/logger.ts';
import type { IntentService } from '../../intent/intentService.ts';
import { retryFrame } from './frames.ts';

export interface RunEventStreamsOptions {
  readonly intent: IntentService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxStreams: number;
}

/** A run may be at work in another process, whose changes are seen by looking, milliseconds. */
const lookEveryMs = 1_000;
const heartbeatEveryLooks = 10;

/** Streams of run events. They read what the store holds, so that a client can resume after any break. */
export class RunEventStreams implements Disposable {
  readonly #options: RunEventStreamsOptions;
  readonly #open = new Set<RunStream>();
  readonly #subscription: Disposable;

  constructor(options: RunEventStreamsOptions) {
    this.#options = options;
    this.#subscription = options.intent.onDidChangeRun((uuid) => {
      for (const stream of this.#open) if (stream.uuid === uuid) stream.wake();
    });
  }

  get isFull(): boolean {
    return this.#open.size >= this.#options.maxStreams;
  }

  /** Writes the events after `afterSeq` and what follows, and ends the reply after `done`. */
  open(reply: ServerResponse, keyId: string, uuid: string, afterSeq: number): void {
    const stream = new RunStream(reply, keyId, uuid, afterSeq, this.#options, () =>
      this.#open.delete(stream),
    );
    this.#open.add(stream);
    stream.start();
  }

  /** Ends the streams of a key that is no longer valid. */
  endStreamsOfKey(keyId: string): void {
    for (const stream of [...this.#open]) if (stream.keyId === keyId) stream.end();
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const stream of [...this.#open]) stream.end();
  }
}

class RunStream {
  readonly uuid: string;
  readonly keyId: string;
  readonly #reply: ServerResponse;
  readonly #options: RunEventStreamsOptions;
  readonly #onEnd: () => void;
  #seq: number;
  #looks = 0;
  #isLooking = false;
  #wantsLook = false;
  #isEnded = false;
  #timer: Disposable | null = null;

  constructor(
    reply: ServerResponse,
    keyId: string,
    uuid: string,
    afterSeq: number,
    options: RunEventStreamsOptions,
    onEnd: () => void,
  ) {
    this.#reply = reply;
    this.keyId = keyId;
    this.uuid = uuid;
    this.#seq = afterSeq;
    this.#options = options;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#reply.on('close', () => this.end());
    this.#reply.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    this.#reply.write(retryFrame(1_000));
    this.wake();
  }

  wake(): void {
    if (this.#isEnded) return;
    if (this.#isLooking) {
      this.#wantsLook = true;
      return;
    }
    this.#isLooking = true;
    this.#timer?.dispose();
    void this.#look()
      .catch((error: unknown) => {
        this.#options.logger.error('events of a run cannot be read', { run: this.uuid, error });
        this.end();
      })
      .finally(() => {
        this.#isLooking = false;
        if (this.#isEnded) return;
        if (this.#wantsLook) {
          this.#wantsLook = false;
          this.wake();
        } else this.#timer = this.#options.clock.setTimeout(() => this.wake(), lookEveryMs);
      });
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timer?.dispose();
    this.#reply.end();
    this.#onEnd();
  }

  async #look(): Promise<void> {
    const events = await this.#options.intent.store.runs.events(this.uuid, this.#seq);
    this.#looks += 1;
    if (events.length === 0 && this.#looks % heartbeatEveryLooks === 0) this.#reply.write(': still here\n\n');
    for (const event of events) {
      if (this.#isEnded) return;
      this.#seq = event.seq;
      // JSON text has no line breaks of its own, so one data line always suffices.
      this.#reply.write(`id: ${event.seq}\nevent: ${event.name}\ndata: ${event.data}\n\n`);
      if (event.name === 'done') this.end();
    }
  }
}
