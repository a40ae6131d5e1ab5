import type { ServiceState } from '../../ha/haRecords.ts';
import type { ShutdownKind } from '../../ha/lrm.ts';
import { type WorldBehaviour, WorldCommandError } from './behaviour.ts';
import { GuestJobs, startGuest, stopGuest } from './guestJobs.ts';
import { HaStack } from './ha/haStack.ts';
import { newUid } from './ha/uid.ts';
import { refreshGuest, refreshNode } from './load.ts';
import {
  type ClusterWorld,
  copyStore,
  type DisarmMode,
  type GuestWorld,
  type NodeWorld,
  type QdeviceState,
  type RequestState,
  sidOf,
} from './model.ts';
import { isMainPartitionQuorate } from './quorum.ts';
import type { Random } from './random.ts';
import { SpontaneousMoves } from './spontaneousMoves.ts';

export interface LiveBehaviourOptions {
  readonly cluster: ClusterWorld;
  readonly random: Random;
  /** Moves a guest by itself every few minutes. */
  readonly spontaneousMoves: boolean;
  /** Divides every delay. */
  readonly speed: number;
  readonly nowMs: number;
}

/** Creates the behaviour: loads wander, guests move now and then, and the HA stack runs on the HA engine. */
export function createLiveBehaviour(options: LiveBehaviourOptions): WorldBehaviour {
  return new LiveBehaviour(options);
}

class LiveBehaviour implements WorldBehaviour {
  readonly #cluster: ClusterWorld;
  readonly #random: Random;
  readonly #jobs: GuestJobs;
  readonly #ha: HaStack;
  readonly #moves: SpontaneousMoves | null;
  #statsAtMs = new Map<string, number>();

  constructor({ cluster, random, spontaneousMoves, speed, nowMs }: LiveBehaviourOptions) {
    this.#cluster = cluster;
    this.#random = random;
    this.#jobs = new GuestJobs(cluster, random.fork('jobs'));
    this.#ha = new HaStack({
      cluster,
      jobs: this.#jobs,
      random: random.fork('ha'),
      speed,
      nowMs,
      onReset: (node, atMs) => this.#reset(node, atMs),
      onDown: (node, kind, atMs) =>
        kind === 'reboot' ? this.#reset(node, atMs) : this.#cutPower(node, atMs),
    });
    this.#moves =
      spontaneousMoves && cluster.nodes.size > 1
        ? new SpontaneousMoves(cluster, random.fork('moves'), nowMs)
        : null;
  }

  step(nowMs: number): void {
    for (const node of this.#cluster.nodes.values()) {
      this.#finishBoot(node, nowMs);
      this.#noticeMembership(node, nowMs);
    }
    this.#cluster.quorate = isMainPartitionQuorate(this.#cluster);
    for (const node of this.#cluster.nodes.values()) {
      if (node.power === 'on' && nowMs >= node.nextStatsAtMs) this.#refreshStats(node, nowMs);
    }
    this.#jobs.step(nowMs);
    this.#ha.step(nowMs);
    const move = this.#moves?.next(nowMs, (vmid) => this.#jobs.isBusy(vmid)) ?? null;
    if (move !== null) this.migrateGuest(move.vmid, move.target, nowMs);
    this.#cluster.revision += 1;
  }

  setNodePower(name: string, on: boolean, nowMs: number): void {
    const node = this.#node(name);
    if (on) {
      if (node.power !== 'off') return;
      this.#powerOn(node, nowMs);
    } else this.#cutPower(node, nowMs);
    this.#cluster.revision += 1;
  }

  setNodeIsolated(name: string, isolated: boolean, nowMs: number): void {
    const node = this.#node(name);
    if (this.#cluster.standalone) throw new WorldCommandError(`Node '${name}' is not in a cluster.`);
    node.isolated = isolated;
    if (isolated) node.lostAtMs ??= nowMs;
    this.#cluster.revision += 1;
  }

  setNodeMaintenance(name: string, enabled: boolean): void {
    const node = this.#node(name);
    if (this.#cluster.store.managerStatus === null)
      throw new WorldCommandError('HA was never used here, so there is no maintenance mode.');
    this.#needQuorum();
    this.#ha.queue.push(`${enabled ? 'enable' : 'disable'}-node-maintenance ${node.name}`);
    this.#cluster.revision += 1;
  }

  setQdevice(state: QdeviceState): void {
    if (this.#cluster.standalone) throw new WorldCommandError('A standalone node has no quorum device.');
    this.#cluster.qdevice = state;
    this.#cluster.revision += 1;
  }

  migrateGuest(vmid: number, target: string, nowMs: number): void {
    const guest = this.#cluster.guests.get(vmid);
    if (guest === undefined)
      throw new WorldCommandError(`There is no guest ${vmid} in ${this.#cluster.name}.`);
    this.#node(target);
    this.#needQuorum();
    const source = this.#cluster.store.guestNodes.get(vmid);
    if (source === target) throw new WorldCommandError(`Guest ${vmid} already is on '${target}'.`);
    if (guest.lock !== null) throw new WorldCommandError(`Guest ${vmid} is locked (${guest.lock}).`);
    const sid = sidOf(guest);
    const resource = this.#cluster.store.resources.get(sid);
    if (resource === undefined || resource.state === 'ignored') {
      const ran = guest.startedAtMs !== null;
      const isLive = guest.type === 'qemu' && ran;
      this.#jobs.move(isLive ? 'migrate' : 'relocate', guest, target, nowMs, (_ok, endMs) => {
        if (ran && !isLive) startGuest(guest, endMs, this.#random);
      });
    } else {
      const task = this.#cluster.tasks.start(source ?? target, 'hamigrate', String(vmid), nowMs);
      task.log.push(
        `Requesting HA migration for ${guest.type === 'qemu' ? 'VM' : 'CT'} ${vmid} to node ${target}`,
      );
      this.#cluster.tasks.finish(task, nowMs);
      this.#ha.queue.push(`${guest.type === 'qemu' ? 'migrate' : 'relocate'} ${sid} ${target}`);
    }
    this.#cluster.revision += 1;
  }

  setHaResource(sid: string, change: { state?: RequestState; crmState?: ServiceState }): void {
    const resource = this.#cluster.store.resources.get(sid);
    if (resource === undefined)
      throw new WorldCommandError(`'${sid}' is not HA managed in ${this.#cluster.name}.`);
    this.#needQuorum();
    if (change.state !== undefined) resource.state = change.state;
    if (change.crmState !== undefined) this.#forceState(sid, change.crmState);
    this.#cluster.revision += 1;
  }

  disarm(mode: DisarmMode): void {
    this.#needFencingRow();
    this.#ha.queue.push(`disarm-ha ${mode}`);
  }

  arm(): void {
    this.#needFencingRow();
    this.#ha.queue.push('arm-ha');
  }

  setNodeLoad(name: string, share: number): void {
    for (const guest of this.#guestsOn(this.#node(name))) guest.busyness = share;
    this.#cluster.revision += 1;
  }

  shutDownNode(name: string, kind: ShutdownKind, nowMs: number): void {
    const node = this.#node(name);
    if (node.power !== 'on') throw new WorldCommandError(`Node '${name}' is not up.`);
    for (const guest of this.#guestsOn(node))
      if (guest.startedAtMs !== null && !this.#isHandledByHa(guest)) this.#jobs.stop(guest, nowMs);
    this.#ha.shutDown(node, kind);
    this.#cluster.revision += 1;
  }

  #forceState(sid: string, state: ServiceState): void {
    const { store } = this.#cluster;
    const record = store.managerStatus?.service_status[sid];
    if (store.managerStatus === null || record === undefined)
      throw new WorldCommandError(`The manager does not know '${sid}' yet.`);
    const forced = {
      state,
      uid: newUid(this.#random),
      ...(record.node === undefined ? {} : { node: record.node }),
    };
    store.managerStatus = {
      ...store.managerStatus,
      service_status: { ...store.managerStatus.service_status, [sid]: forced },
    };
    this.#ha.restartManager();
  }

  #needFencingRow(): void {
    if (!this.#cluster.release.fencingRow) {
      throw new WorldCommandError(`Proxmox VE ${this.#cluster.release.name} cannot disarm HA.`);
    }
    this.#needQuorum();
  }

  #needQuorum(): void {
    if (!this.#cluster.quorate) throw new WorldCommandError('cluster not ready - no quorum?');
  }

  #node(name: string): NodeWorld {
    const node = this.#cluster.nodes.get(name);
    if (node === undefined)
      throw new WorldCommandError(`There is no node '${name}' in ${this.#cluster.name}.`);
    return node;
  }

  #cutPower(node: NodeWorld, nowMs: number): void {
    if (node.power === 'off') return;
    node.power = 'off';
    node.lostAtMs ??= nowMs;
    this.#killGuests(node, nowMs);
  }

  /** Power goes and comes back at once. */
  #reset(node: NodeWorld, nowMs: number): void {
    if (node.power !== 'on') return;
    this.#killGuests(node, nowMs);
    this.#powerOn(node, nowMs);
    node.lostAtMs ??= nowMs;
  }

  #powerOn(node: NodeWorld, nowMs: number): void {
    node.power = 'booting';
    node.bootedAtMs = nowMs;
    node.readyAtMs = nowMs + this.#cluster.timings.bootMs;
  }

  /**
   * The machines are gone, but what others were told about them stays: only whether they run is reset when the node is
   * back. Recovery on another node does the same for the guests it takes.
   */
  #killGuests(node: NodeWorld, nowMs: number): void {
    this.#jobs.dropNode(node.name, nowMs);
    this.#ha.onNodeLost(node);
  }

  #finishBoot(node: NodeWorld, nowMs: number): void {
    if (node.power !== 'booting' || nowMs < node.readyAtMs) return;
    node.power = 'on';
    node.nextStatsAtMs = nowMs;
    for (const guest of this.#guestsOn(node)) stopGuest(guest);
    this.#noticeMembership(node, nowMs);
    this.#ha.onNodeBooted(node);
    if (!node.member) return;
    for (const guest of this.#guestsOn(node)) {
      if (guest.onboot && !this.#isHandledByHa(guest)) this.#jobs.start(guest, nowMs);
    }
  }

  #isHandledByHa(guest: GuestWorld): boolean {
    const resource = this.#cluster.store.resources.get(sidOf(guest));
    return resource !== undefined && resource.state !== 'ignored';
  }

  #noticeMembership(node: NodeWorld, nowMs: number): void {
    const reachable = node.power === 'on' && (!node.isolated || this.#cluster.standalone);
    if (reachable) {
      node.lostAtMs = null;
      node.member = true;
      node.frozen = null;
      return;
    }
    node.lostAtMs ??= nowMs;
    if (node.member && nowMs - node.lostAtMs >= this.#cluster.timings.membershipMs) {
      node.member = false;
      if (!this.#cluster.standalone) node.frozen = copyStore(this.#cluster.store);
    }
  }

  #refreshStats(node: NodeWorld, nowMs: number): void {
    const elapsed = Math.min(60_000, nowMs - (this.#statsAtMs.get(node.name) ?? nowMs));
    this.#statsAtMs.set(node.name, nowMs);
    node.nextStatsAtMs = nowMs + this.#cluster.timings.statsMs;
    const guests = this.#guestsOn(node);
    for (const guest of guests) refreshGuest(guest, nowMs, elapsed);
    refreshNode(node, guests, nowMs);
  }

  #guestsOn(node: NodeWorld): Set<GuestWorld> {
    return this.#cluster.guestsByNode.get(node.name) ?? new Set();
  }
}
