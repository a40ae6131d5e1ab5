import { agentLock, ClusterLocks, managerLock } from '../../../ha/clusterLocks.ts';
import { Crm } from '../../../ha/crm.ts';
import { RoundFailure, StoreFailure } from '../../../ha/haEnvironment.ts';
import type { HaEventFields } from '../../../ha/haEvent.ts';
import { Lrm, type ShutdownKind } from '../../../ha/lrm.ts';
import { Watchdogs } from '../../../ha/watchdogs.ts';
import type { GuestJobs } from '../guestJobs.ts';
import type { ClusterWorld, NodeWorld } from '../model.ts';
import type { Random } from '../random.ts';
import { type HaHost, NodeEnvironment } from './nodeEnvironment.ts';
import { newUid } from './uid.ts';

/** Pauses between the rounds of the daemons, seconds (Proxmox: both managers look every ten, an idle LRM every five). */
const crmRoundS = 10;
const lrmRoundS = 10;
const idleLrmRoundS = 5;
/** Daemons of a node that just booted begin a little later. */
const startDelayS = 2;
/** A process that was held up does not let every lock and watchdog run out at once. */
const longestStepS = 10;

/** The daemons of one node that is up. */
interface Daemons {
  readonly crm: Crm;
  readonly lrm: Lrm;
  nextCrmS: number;
  nextLrmS: number;
  /** The node is on its way down: first its LRM ends, then its CRM. */
  goesDown: ShutdownKind | null;
  isLrmOver: boolean;
}

export interface HaStackOptions {
  readonly cluster: ClusterWorld;
  readonly jobs: GuestJobs;
  readonly random: Random;
  /** How much faster than the wall's the stack's time runs. */
  readonly speed: number;
  readonly nowMs: number;
  /** A watchdog ran out. */
  readonly onReset: (node: NodeWorld, nowMs: number) => void;
  /** The daemons of a node that is to go down have ended. */
  readonly onDown: (node: NodeWorld, kind: ShutdownKind, nowMs: number) => void;
  /** Told what every daemon does. */
  readonly onEvent?: (source: string, event: string, fields: HaEventFields) => void;
}

/**
 * The HA stack of a simulated cluster: a CRM and an LRM per node, each in rounds of its own, with the locks and
 * watchdogs between them. What they decide is the HA engine's; this hosts them in real time.
 */
export class HaStack implements HaHost {
  readonly cluster: ClusterWorld;
  readonly jobs: GuestJobs;
  readonly locks = new ClusterLocks();
  readonly watchdogs = new Watchdogs();
  readonly queue: string[] = [];
  readonly #options: HaStackOptions;
  readonly #daemons = new Map<string, Daemons>();
  #nowMs: number;
  #nowS = 0;

  constructor(options: HaStackOptions) {
    this.#options = options;
    this.cluster = options.cluster;
    this.jobs = options.jobs;
    this.#nowMs = options.nowMs;
    const { managerStatus, lrmStatus } = this.cluster.store;
    for (const node of this.cluster.nodes.values()) {
      const isMaster = managerStatus?.master_node === node.name;
      const spreadS = node.nodeId % crmRoundS;
      this.#start(node, isMaster ? 0 : spreadS, spreadS);
      // The stack has been running for a while, so its locks are held before the first round of their holders.
      if (isMaster) this.locks.acquire(managerLock, node.name, 0);
      if (lrmStatus.get(node.name)?.state === 'active')
        this.locks.acquire(agentLock(node.name), node.name, 0);
    }
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get nowS(): number {
    return this.#nowS;
  }

  log(source: string, event: string, fields: HaEventFields): void {
    this.#options.onEvent?.(source, event, fields);
  }

  step(nowMs: number): void {
    this.#nowS += Math.min(longestStepS, ((nowMs - this.#nowMs) / 1000) * this.#options.speed);
    this.#nowMs = nowMs;
    for (const node of this.cluster.nodes.values()) {
      const daemons = this.#daemons.get(node.name);
      // Until the others notice that a node is gone, its cluster filesystem hangs, and the daemons with it.
      if (daemons !== undefined && node.power === 'on' && !(node.member && node.lostAtMs !== null))
        this.#run(node, daemons);
    }
    for (const node of this.cluster.nodes.values())
      if (this.watchdogs.expire(node.name, this.#nowS)) this.#options.onReset(node, nowMs);
  }

  onNodeBooted(node: NodeWorld): void {
    this.#start(node, startDelayS, startDelayS);
  }

  /** Power is gone, and with it the daemons and their watchdogs. */
  onNodeLost(node: NodeWorld): void {
    this.#daemons.delete(node.name);
    this.watchdogs.drop(node.name);
  }

  /** Ends the daemons of a node as its operating system does before it goes down. */
  shutDown(node: NodeWorld, kind: ShutdownKind): void {
    const daemons = this.#daemons.get(node.name);
    if (daemons === undefined || daemons.goesDown !== null) return;
    daemons.goesDown = kind;
    daemons.lrm.requestShutdown(kind);
  }

  /** Has the manager read its record anew, after something else than the manager changed it. */
  restartManager(): void {
    for (const [name, daemons] of this.#daemons) {
      const node = this.cluster.nodes.get(name);
      if (node === undefined || daemons.crm.state !== 'master') continue;
      daemons.crm.requestExit();
      this.#attempt(node, 'crm', () => daemons.crm.iterate());
      this.locks.acquire(managerLock, name, this.#nowS);
      this.#daemons.set(name, { ...daemons, crm: this.#newCrm(node) });
    }
  }

  #start(node: NodeWorld, crmDelayS: number, lrmDelayS: number): void {
    this.#daemons.set(node.name, {
      crm: this.#newCrm(node),
      lrm: new Lrm(new NodeEnvironment(this, node, 'lrm'), () => this.cluster.store.lrmStatus.size > 0),
      nextCrmS: this.#nowS + crmDelayS,
      nextLrmS: this.#nowS + lrmDelayS,
      goesDown: null,
      isLrmOver: false,
    });
  }

  #newCrm(node: NodeWorld): Crm {
    return new Crm(new NodeEnvironment(this, node, 'crm'), () => newUid(this.#options.random));
  }

  #run(node: NodeWorld, daemons: Daemons): void {
    if (!daemons.isLrmOver && this.#nowS >= daemons.nextLrmS) {
      daemons.isLrmOver = this.#attempt(node, 'lrm', () => daemons.lrm.iterate());
      const isIdle = daemons.lrm.state === 'wait_for_agent_lock';
      daemons.nextLrmS = this.#nowS + (isIdle ? idleLrmRoundS : lrmRoundS);
      if (daemons.isLrmOver && daemons.goesDown !== null) daemons.crm.requestExit();
    }
    if (this.#nowS < daemons.nextCrmS) return;
    daemons.nextCrmS = this.#nowS + crmRoundS;
    const isOver = this.#attempt(node, 'crm', () => daemons.crm.iterate());
    if (!isOver || daemons.goesDown === null) return;
    this.#daemons.delete(node.name);
    this.#options.onDown(node, daemons.goesDown, this.#nowMs);
  }

  /** One iteration; what it could not read or write is an error in its log, and it tries again in the next round. */
  #attempt(node: NodeWorld, daemon: 'crm' | 'lrm', iterate: () => boolean): boolean {
    try {
      return iterate();
    } catch (error) {
      if (!(error instanceof StoreFailure || error instanceof RoundFailure)) throw error;
      this.log(`${node.name}/${daemon}`, 'err', {});
      return false;
    }
  }
}
