import assert from 'node:assert/strict';
import { ClientError, fleetError } from '../../../../src/client/clientError.ts';
import type { IntentClient } from '../../../../src/client/intentClient.ts';
import { RefusedByServer } from '../../../../src/client/intentClient.ts';
import { WriteDesk } from '../../../../src/console/intent/writeDesk.ts';
import type { DeletionRequest } from '../../../../src/contract/intent/deletionRequest.ts';
import type { Me } from '../../../../src/contract/intent/identity.ts';
import { FakeClock, settle } from '../../../support/fakeClock.ts';
import { meWith, requestWith } from './deletionSupport.ts';

/** A server of which the desk asks four things. */
class FakeServer {
  asked = 0;
  requests: DeletionRequest[] = [];
  me: () => Promise<Me> = () => Promise.resolve(meWith());
  isLive = true;

  get connection() {
    const intent = {
      me: () => {
        this.asked += 1;
        return this.me();
      },
      deletionRequests: ({ states }: { readonly states: readonly string[] }) =>
        Promise.resolve({
          rows: this.requests.filter(({ state }) => states.includes(state)),
          nextBefore: null,
        }),
      runs: () => Promise.resolve({ rows: [], nextBefore: null }),
      audit: () => Promise.resolve({ rows: [], nextBefore: null }),
    } as unknown as IntentClient;
    return { id: 'api', name: 'prod-api', intent, isLive: this.isLive };
  }
}

describe('the desk that reads the write side', () => {
  let clock: FakeClock;
  let server: FakeServer;
  let desk: WriteDesk;

  beforeEach(() => {
    clock = new FakeClock();
    server = new FakeServer();
    desk = new WriteDesk({ clock, connections: () => [server.connection] });
  });
  afterEach(() => desk.dispose());

  it('reads now and then for the badge, often while it is on screen, and oftener while a guest is destroyed', async () => {
    await desk.refresh();
    assert.equal(server.asked, 1);
    await clock.advance(29_000);
    assert.equal(server.asked, 1);
    await clock.advance(1_000);
    assert.equal(server.asked, 2);
    const watch = desk.watch();
    await settle();
    assert.equal(server.asked, 3);
    await clock.advance(5_000);
    assert.equal(server.asked, 4);
    server.requests = [requestWith({ state: 'executing' })];
    await clock.advance(5_000);
    await clock.advance(1_500);
    assert.equal(server.asked, 6);
    watch.dispose();
  });

  it('asks nothing of a server that does not answer, and keeps what it said', async () => {
    server.requests = [requestWith()];
    await desk.refresh();
    server.isLive = false;
    await desk.refresh();
    assert.equal(server.asked, 1);
    assert.equal(desk.request('api', 42)?.vmid, 105);
    assert.match(desk.picture('api')?.failure ?? '', /does not answer; this is what was known last/);
  });

  it('keeps the last picture with the reason when a reading fails', async () => {
    server.requests = [requestWith()];
    await desk.refresh();
    server.me = () => Promise.reject(new ClientError(fleetError('timeout', 'no answer in time')));
    await desk.refresh();
    const picture = desk.picture('api');
    assert.equal(picture?.requests.length, 1);
    assert.match(picture?.failure ?? '', /^prod-api/);
    assert.equal(picture?.isOffered, true);
  });

  it('tells a server without a write side from one in trouble', async () => {
    server.me = () => Promise.reject(new RefusedByServer(404, null, 'Not Found'));
    await desk.refresh();
    assert.deepEqual([desk.picture('api')?.isOffered, desk.picture('api')?.failure], [false, null]);
    server.me = () => Promise.resolve(meWith({ intent_available: false }));
    await desk.refresh();
    assert.equal(desk.picture('api')?.isOffered, false);
  });

  it('forgets what another identity saw', async () => {
    server.requests = [requestWith()];
    await desk.refresh();
    server.requests = [];
    await desk.identityChanged('api');
    assert.equal(desk.picture('api')?.requests.length, 0);
  });
});
