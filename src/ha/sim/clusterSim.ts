import { Crm } from '../crm.ts';
import { type Datacenter, SimulationAbort, StoreFailure } from '../haEnvironment.ts';
import type { HaEvent, HaEventFields } from '../haEvent.ts';
import { byCodeUnit } from '../haRecords.ts';
import { Lrm, type ShutdownKind } from '../lrm.ts';
import { ClusterStores } from './clusterStores.ts';
import { DaemonEnvironment, type SimulatedCluster, type SimulatedNode } from './daemonEnvironment.ts';
import type { Scenario } from './scenario.ts';
import { executeCommand } from './simCommands.ts';
import { SimulatedServices } from './simulatedServices.ts';

const loopS = 20;
const longestLoopS = 60;
const lastSecond = 10_000;
/** A batch is taken every so many loops; after the last one it goes on for so many seconds. */
const loopsPerBatch = 5;
const afterLastS = 500;

/** A node with its daemons and what is going to become of it. */
export interface HostedNode extends SimulatedNode {
  crm: Crm | null;
  lrm: Lrm | null;
  crmEnv: DaemonEnvironment | null;
  lrmEnv: DaemonEnvironment | null;
  crmClockS: number;
  lrmClockS: number;
  shutdown: ShutdownKind | null;
  isLrmRestarting: boolean;
  isCrmStopWanted: boolean;
}

/** Runs a scenario to its end and answers with everything that happened, in order. */
export function runScenario(scenario: Scenario): HaEvent[] {
  const sim = new ClusterSim(scenario);
  sim.run();
  return sim.events;
}

/** A cluster with hardware, stores and daemons on a virtual clock of whole seconds; only daemons cost time. */
export class ClusterSim implements SimulatedCluster {
  readonly events: HaEvent[] = [];
  readonly nodes: ReadonlyMap<string, HostedNode>;
  readonly stores: ClusterStores;
  readonly services: SimulatedServices;
  readonly datacenter: Datacenter;
  readonly #batches: (readonly string[])[];
  readonly #order: readonly HostedNode[];
  #nowS = 0;
  #loops = 0;
  #lastCommandS = 0;
  #delayUntilS = 0;
  #uids = 0;
  readonly #skipped = { crm: 0, lrm: 0 };

  constructor(scenario: Scenario) {
    this.stores = new ClusterStores(scenario);
    this.services = new SimulatedServices(this.stores);
    this.datacenter = { crs: scenario.crs, shutdownPolicy: scenario.shutdownPolicy };
    this.nodes = new Map(
      [...scenario.hardware].map(([name, hardware]): [string, HostedNode] => [
        name,
        {
          name,
          ...hardware,
          cannotReadWrite: false,
          cannotUpdate: false,
          crm: null,
          lrm: null,
          crmEnv: null,
          lrmEnv: null,
          crmClockS: 0,
          lrmClockS: 0,
          shutdown: null,
          isLrmRestarting: false,
          isCrmStopWanted: false,
        },
      ]),
    );
    this.#order = [...this.nodes.values()].sort((a, b) => byCodeUnit(a.name, b.name));
    this.#batches = [...scenario.batches];
  }

  get nowS(): number {
    return this.#nowS;
  }

  emit(timeS: number, source: string, event: string, fields: HaEventFields = {}): void {
    this.events.push({ t: timeS, source, event, ...fields });
  }

  /** Plays to the end; what cannot go on is told as an error of the hardware. */
  run(): void {
    try {
      const lengthS = Math.max(loopS, 2 * this.nodes.size);
      if (lengthS >= longestLoopS) throw new SimulationAbort('too many nodes');
      while (this.#loop(lengthS));
    } catch (error) {
      if (!(error instanceof SimulationAbort || error instanceof StoreFailure)) throw error;
      this.emit(this.#nowS, 'hardware', 'err');
    }
  }

  /** Executes a command by order of somebody. */
  execute(command: string, source: string): void {
    executeCommand(this, command, source);
  }

  startCrm(node: HostedNode): void {
    node.crmEnv = new DaemonEnvironment(this, node, 'crm', () => node.crmClockS);
    node.crm = new Crm(node.crmEnv, () => this.#newUid());
  }

  startLrm(node: HostedNode): void {
    node.lrmEnv = new DaemonEnvironment(this, node, 'lrm', () => node.lrmClockS);
    node.lrm = new Lrm(node.lrmEnv, () => this.stores.hasAnyLrmWritten);
  }

  skipRounds(daemon: 'crm' | 'lrm', rounds: number): void {
    this.#skipped[daemon] += rounds;
  }

  delay(seconds: number): void {
    this.#delayUntilS = this.#nowS + seconds;
  }

  /** One round of all daemons and, when it is time, the next batch. False at the end. */
  #loop(lengthS: number): boolean {
    const beginS = this.#nowS;
    for (const node of this.#order) this.#runNode(node);
    this.#skipped.crm = Math.max(0, this.#skipped.crm - 1);
    this.#skipped.lrm = Math.max(0, this.#skipped.lrm - 1);
    if (this.#nowS - beginS < lengthS) this.#nowS = beginS + lengthS;
    if (this.#nowS > lastSecond) throw new SimulationAbort('it does not end');
    for (const node of this.#order) {
      node.crmClockS = this.#nowS;
      node.lrmClockS = this.#nowS;
    }
    if (this.#nowS < this.#delayUntilS) return true;
    if (this.#loops % loopsPerBatch === 0) {
      const batch = this.#batches.shift();
      if (batch === undefined && this.#nowS > this.#lastCommandS + afterLastS) return false;
      for (const command of batch ?? []) {
        this.#lastCommandS = this.#nowS;
        this.execute(command, 'cmdlist');
      }
    }
    this.#loops += 1;
    return true;
  }

  #runNode(node: HostedNode): void {
    if (node.crm !== null && this.#skipped.crm === 0) {
      node.crmClockS = this.#nowS;
      node.crmEnv?.begin();
      const ends = node.crm.iterate();
      node.crmClockS += 1;
      this.#nowS = Math.max(this.#nowS, node.crmClockS);
      if (ends) this.#crmEnded(node);
    }
    if (node.lrm !== null && this.#skipped.lrm === 0) {
      node.lrmClockS = this.#nowS;
      node.lrmEnv?.begin();
      const ends = node.lrm.iterate();
      node.lrmClockS += 1;
      this.#nowS = Math.max(this.#nowS, node.lrmClockS);
      if (ends) this.#lrmEnded(node);
    }
    for (const watched of this.#order) {
      if (!this.stores.expireWatchdogs(watched.name, this.#nowS)) continue;
      this.execute(`power ${watched.name} off`, 'watchdog');
      this.emit(this.#nowS, 'hardware', 'watchdog-reset', { node: watched.name });
    }
  }

  #crmEnded(node: HostedNode): void {
    node.crm = null;
    if (node.shutdown !== null) {
      const kind = node.shutdown;
      this.execute(`power ${node.name} off`, kind);
      if (kind === 'reboot') this.execute(`power ${node.name} on`, kind);
    } else if (!node.isCrmStopWanted) throw new SimulationAbort('a CRM ended that nobody stopped');
    node.isCrmStopWanted = false;
  }

  #lrmEnded(node: HostedNode): void {
    node.lrm = null;
    if (node.isLrmRestarting) {
      if (node.shutdown !== null) throw new SimulationAbort('restart and shutdown at once');
      node.isLrmRestarting = false;
      this.startLrm(node);
    } else if (node.shutdown !== null) this.execute(`crm ${node.name} stop`, node.shutdown);
    else throw new SimulationAbort('an LRM ended that nobody stopped');
  }

  #newUid(): string {
    this.#uids += 1;
    return `uid-${this.#uids}`;
  }
}
